import type { Build } from '@buildsrs/common';
import type { BuildRow } from '@buildsrs/database';
import { iso, isoOrNull } from '../http/iso.ts';

/** A build as the API shows it. */
export function buildShape(row: BuildRow): Build {
  return {
    id: row.id,
    task: row.taskId,
    crate: row.crate,
    version: row.version,
    kind: row.kind,
    target: row.target,
    variant: row.variant,
    builder:
      row.builderId === null || row.builderName === null
        ? null
        : { id: row.builderId, name: row.builderName },
    outcome: row.outcome,
    stage: row.stage,
    stages: row.stages.map(({ stage, startedAt }) => ({ stage, startedAt })),
    failure: row.failure,
    logBytes: row.logBytes,
    inputId: row.inputId,
    createdAt: iso(row.createdAt),
    endedAt: isoOrNull(row.endedAt),
  };
}
