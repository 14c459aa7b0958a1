import {
  buildCommandOf,
  DEFAULT_LIMITS,
  isolationLevel,
  ISOLATIONS,
  type Isolation,
  type Job,
} from '@buildsrs/common';
import type { ClaimedTask, RegistrySettings } from '@buildsrs/database';
import { crateUrlOf, type Overrides } from '@buildsrs/registry';
import type { Address } from '../context.ts';
import { wantedOf } from './wanted-of.ts';

/** The weakest isolation of a level; `sandbox` and `container` share one. */
function isolationOf(level: number): Isolation {
  return ISOLATIONS.find((isolation) => isolationLevel(isolation) >= level) ?? 'vm';
}

/** The message that hands a claimed task to its builder, complete. */
export function makeJob(
  task: ClaimedTask,
  from: {
    readonly registry: RegistrySettings;
    readonly address: Address;
    readonly leaseMs: number;
    readonly overrides?: Overrides;
  },
): Job {
  const { crate, version, preferences } = task;
  const facts = preferences === null ? null : { preferences };
  const wanted = wantedOf(from.overrides ?? [], { crate, version, facts });
  return {
    ...(task.kind === 'metadata' ? {} : buildCommandOf(wanted)),
    build: task.buildId,
    task: task.taskId,
    kind: task.kind,
    crate: task.crate,
    version: task.version,
    checksum: task.checksum,
    target: task.target,
    variant: task.variant,
    registry: {
      index: from.registry.index,
      crateUrl: crateUrlOf(from.registry.dl, {
        name: task.crate,
        version: task.version,
        checksum: task.checksum,
      }),
    },
    isolation: isolationOf(task.isolationLevel),
    limits: DEFAULT_LIMITS,
    lease: { token: task.token, expiresInMs: from.leaseMs },
    uploadUrl: `${from.address.builderUrl}/api/v1/builds/${task.buildId}/artifacts`,
  };
}
