import type { Task } from '@buildsrs/common';
import type { TaskRow } from '@buildsrs/database';
import { iso } from '../http/iso.ts';

/** A task as the API shows it. */
export function taskShape(row: TaskRow): Task {
  const waitsForRetry = row.status === 'pending' && row.attempts > 0;
  return {
    id: row.id,
    crate: row.crate,
    version: row.version,
    yanked: row.yanked,
    kind: row.kind,
    target: row.target,
    variant: row.variant,
    status: row.status,
    priority: row.priority,
    attempts: row.attempts,
    notBefore: waitsForRetry ? iso(row.notBefore) : null,
    failure: row.failure,
    build: row.buildId,
    publishedBuild: row.publishedBuildId,
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}
