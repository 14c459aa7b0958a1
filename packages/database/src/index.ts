export * from './connection.ts';
export { lockFolder, type FolderLock } from './embedded/folder-lock.ts';
export * from './embedded/start-embedded.ts';
export * from './listen.ts';
export * from './migrate.ts';
export type { Page, PageRequest } from './page.ts';
export * from './queries/adopt-objects.ts';
export * from './queries/artifacts/find-artifacts.ts';
export {
  DEFAULT_SUSPENSION,
  resumeBuilder,
  setBuilderPaused,
  type SuspensionPolicy,
} from './queries/builder-trust.ts';
export * from './queries/builders.ts';
export {
  completeBuild,
  NO_BINARIES,
  type Completion,
  type NewArtifact,
  type RecordOutcome,
} from './queries/builds/complete-build.ts';
export * from './queries/builds/fail-build.ts';
export * from './queries/builds/find-builds.ts';
export * from './queries/builds/find-ended-builds.ts';
export * from './queries/builds/log.ts';
export * from './queries/builds/uploads.ts';
export * from './queries/crates/find-crates.ts';
export * from './queries/crates/nearest-crate-names.ts';
export * from './queries/crates/search-crates.ts';
export * from './queries/crates/upsert-crate-versions.ts';
export * from './queries/crates/upsert-crates.ts';
export * from './queries/downloads.ts';
export * from './queries/objects.ts';
export * from './queries/registry.ts';
export * from './queries/targets.ts';
export { claimTask, type Claim, type ClaimedTask } from './queries/tasks/claim-task.ts';
export * from './queries/tasks/find-tasks.ts';
export * from './queries/tasks/lease.ts';
export * from './queries/tasks/reap-expired.ts';
export * from './queries/tasks/request-newest-facts.ts';
export * from './queries/tasks/request-task.ts';
export { failDependents, type RetryPolicy } from './queries/tasks/retry.ts';
export type { TaskRow } from './queries/tasks/task-row.ts';
export { inTransaction, type Queryable } from './queryable.ts';
export type * from './schema.ts';
