import type { BuildId } from '@buildsrs/common';
import type { Insertable, Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Queryable } from '../../queryable.ts';
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
  const { rows } = await sql<{ staging: string | null }>`
    with earlier as (
      select staging from uploads where build_id = ${upload.buildId} and name = ${upload.name} for update
    )
    insert into uploads (build_id, name, sha256, size, staging)
    values (${upload.buildId}, ${upload.name}, ${upload.sha256}, ${upload.size}, ${upload.staging})
    on conflict (build_id, name) do update
      set sha256 = excluded.sha256, size = excluded.size, staging = excluded.staging, created_at = now()
    returning (select staging from earlier)
  `.execute(db);
  return { replaced: rows[0]?.staging ?? undefined };
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
