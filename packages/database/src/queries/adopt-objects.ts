import type { Digest } from '@buildsrs/common';
import type { Queryable } from '../queryable.ts';

/**
 * Gives rows to bytes that lie in storage without one, as a crash between storing and publishing leaves them. From then
 * on they are objects that nothing refers to, and go the way of all of those (`takeOrphans`).
 */
export async function adoptObjects(
  db: Queryable,
  objects: readonly { readonly sha256: Digest; readonly size: number }[],
): Promise<void> {
  if (objects.length === 0) return;
  await db
    .insertInto('objects')
    .values(objects.map(({ sha256, size }) => ({ sha256, size })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
