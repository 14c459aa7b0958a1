import * as v from 'valibot';

/** What a task produces. Kinds other than `metadata` and `binary` are named here and built by later builders. */
export const KINDS = ['metadata', 'binary', 'debian', 'library', 'coverage', 'web'] as const;
export const KindSchema = v.picklist(KINDS, `A kind is one of ${KINDS.join(', ')}.`);
export type Kind = v.InferOutput<typeof KindSchema>;

/**
 * Where a task stands: `blocked` (waits for another task) → `pending` → `scheduled` (leased, not yet begun) →
 * `building` → `built` | `failed`; back to `pending` on retry.
 */
export const TASK_STATUSES = ['blocked', 'pending', 'scheduled', 'building', 'built', 'failed'] as const;
export const TaskStatusSchema = v.picklist(TASK_STATUSES, `A status is one of ${TASK_STATUSES.join(', ')}.`);
export type TaskStatus = v.InferOutput<typeof TaskStatusSchema>;

/** How a build ended. `failed` is the crate's fault, `error` is ours; `lost`: its builder vanished. */
export const BUILD_OUTCOMES = ['succeeded', 'failed', 'error', 'timed-out', 'cancelled', 'lost'] as const;
export const BuildOutcomeSchema = v.picklist(BUILD_OUTCOMES);
export type BuildOutcome = v.InferOutput<typeof BuildOutcomeSchema>;

/** The stages of a build, in their order. */
export const STAGES = ['fetch', 'resolve', 'build', 'package', 'upload'] as const;
export const StageSchema = v.picklist(STAGES);
export type Stage = v.InferOutput<typeof StageSchema>;

/** How a builder runs a stage. */
export const EXECUTORS = ['docker', 'sandbox', 'vm', 'process'] as const;
export const ExecutorNameSchema = v.picklist(EXECUTORS, `An executor is one of ${EXECUTORS.join(', ')}.`);
export type ExecutorName = v.InferOutput<typeof ExecutorNameSchema>;

/**
 * How well a build is kept from the host. `sandbox` (namespaces, seccomp) and `container` share the host's kernel and
 * rank alike; `gvisor` puts a second kernel between, `vm` a machine.
 */
export const ISOLATIONS = ['none', 'sandbox', 'container', 'gvisor', 'vm'] as const;
export const IsolationSchema = v.picklist(ISOLATIONS);
export type Isolation = v.InferOutput<typeof IsolationSchema>;

const ISOLATION_LEVEL: Readonly<Record<Isolation, number>> = {
  none: 0,
  sandbox: 1,
  container: 1,
  gvisor: 2,
  vm: 3,
};

/** The level of an isolation, 0 (none) to 3 (virtual machine). A job may demand a least level. */
export function isolationLevel(isolation: Isolation): number {
  return ISOLATION_LEVEL[isolation];
}
