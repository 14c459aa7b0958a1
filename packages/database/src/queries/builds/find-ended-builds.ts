import type { BuildId } from '@buildsrs/common';
import type { Queryable } from '../../queryable.ts';

/** Which of these builds have ended: what a backend asks about the builds of its connections, to tell their builders. */
export async function findEndedBuilds(db: Queryable, builds: readonly BuildId[]): Promise<BuildId[]> {
  if (builds.length === 0) return [];
  const rows = await db
    .selectFrom('builds')
    .select('id')
    .where('id', 'in', builds)
    .where('outcome', 'is not', null)
    .execute();
  return rows.map((row) => row.id);
}
