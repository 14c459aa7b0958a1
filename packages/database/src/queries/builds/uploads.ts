import type { BuildId } from '@buildsrs/common';
import type { Insertable, Selectable } from 'kysely';
import { sql } from 'kysely';
import { inTransaction, type Queryable } from '../../queryable.ts';
import type { UploadsTable } from '../../schema.ts';

/** A staged file of a build that is not yet published. */
export type UploadRow = Selectable<UploadsTable>;

/**
 * Notes a staged upload. A later one of the same name takes the place of the earlier; its staging name is given back,
 * to be discarded.
 */
export async function recordUpload(
  db: Queryable,
  upload: Insertable<UploadsTable>,
): Promise<{ readonly replaced: string | undefined }> {
  return await inTransaction(db, async (trx) => {
    // Two uploads of one name come one after the other, so that the name of each that is replaced is given to somebody.
    await trx.selectFrom('builds').select('id').where('id', '=', upload.buildId).forUpdate().execute();
    const earlier = await trx
      .selectFrom('uploads')
      .select('staging')
      .where('buildId', '=', upload.buildId)
      .where('name', '=', upload.name)
      .executeTakeFirst();
    const { sha256, size, staging } = upload;
    await trx
      .insertInto('uploads')
      .values(upload)
      .onConflict((conflict) =>
        conflict.columns(['buildId', 'name']).doUpdateSet({ sha256, size, staging, createdAt: sql`now()` }),
      )
      .execute();
    return { replaced: earlier?.staging };
  });
}

/** What a build has uploaded. */
export async function listUploads(db: Queryable, build: BuildId): Promise<UploadRow[]> {
  return await db.selectFrom('uploads').selectAll().where('buildId', '=', build).orderBy('name').execute();
}

/** Takes away the uploads of builds that ended without publishing them, and gives them to be discarded. */
export async function takeAbandonedUploads(db: Queryable, limit: number): Promise<UploadRow[]> {
  const { rows } = await sql<UploadRow>`
    delete from uploads
    using (
      select uploads.build_id, uploads.name
      from uploads join builds on builds.id = uploads.build_id
      where builds.outcome is not null
      limit ${limit}
    ) as abandoned
    where uploads.build_id = abandoned.build_id and uploads.name = abandoned.name
    returning uploads.*
  `.execute(db);
  return rows;
}
