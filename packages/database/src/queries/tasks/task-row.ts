import type { CrateName, Version } from '@buildsrs/common';
import type { Selectable } from 'kysely';
import type { Queryable } from '../../queryable.ts';
import type { TasksTable } from '../../schema.ts';

/** A task with the crate and version it is about. */
export interface TaskRow extends Selectable<TasksTable> {
  readonly crate: CrateName;
  readonly version: Version;
  readonly yanked: boolean;
}

/** The select every query that answers with {@link TaskRow}s begins with. */
export function selectTasks(db: Queryable) {
  return db
    .selectFrom('tasks')
    .innerJoin('versions', 'versions.id', 'tasks.versionId')
    .innerJoin('crates', 'crates.id', 'versions.crateId')
    .selectAll('tasks')
    .select(['crates.name as crate', 'versions.version', 'versions.yanked']);
}
