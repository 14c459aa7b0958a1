import * as v from 'valibot';
import { BuildInfoSchema } from '../build-info.ts';
import { CrateFactsSchema } from '../crate-facts.ts';
import { CrateNameSchema } from '../crate-name.ts';
import { DigestSchema } from '../digest.ts';
import { FailureSchema } from '../failure.ts';
import {
  ArtifactNameSchema,
  BuilderIdSchema,
  BuildIdSchema,
  FingerprintSchema,
  TaskIdSchema,
  TimestampSchema,
} from '../ids.ts';
import { ArchiveMemberSchema } from '../job-result.ts';
import { TargetSchema } from '../target.ts';
import { VersionSchema } from '../version.ts';
import {
  BuildOutcomeSchema,
  ExecutorNameSchema,
  IsolationSchema,
  KindSchema,
  StageSchema,
  TaskStatusSchema,
} from '../words.ts';

const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** Gives a schema its name in the OpenAPI document, so that generated clients have a type for it. */
function named<Schema extends v.GenericSchema>(ref: string, schema: Schema) {
  return v.pipe(schema, v.metadata({ ref }));
}

/** A page of a list: `next` is an opaque cursor, `null` on the last page. */
export function pageOf<Item extends v.GenericSchema>(item: Item) {
  return v.object({ items: v.array(item), next: v.nullable(v.string()) });
}

/** What can be asked of every list. */
export const PageQuerySchema = v.object({
  limit: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(?:[1-9]|[1-9]\d|100)$/, 'A limit is a number from 1 to 100.'),
      v.transform(Number),
    ),
    '20',
  ),
  cursor: v.optional(v.pipe(v.string(), v.maxLength(512))),
});

/** A published file. */
export const ArtifactSchema = named(
  'Artifact',
  v.object({
    name: ArtifactNameSchema,
    crate: CrateNameSchema,
    version: VersionSchema,
    target: TargetSchema,
    kind: KindSchema,
    build: BuildIdSchema,
    sha256: DigestSchema,
    size: Count,
    mediaType: v.string(),
    /** Absolute URL of the file; its bytes never change. */
    url: v.string(),
    downloads: Count,
    createdAt: TimestampSchema,
  }),
);
export type Artifact = v.InferOutput<typeof ArtifactSchema>;

/** A thing wanted: version × kind × target × variant. */
export const TaskSchema = named(
  'Task',
  v.object({
    id: TaskIdSchema,
    crate: CrateNameSchema,
    version: VersionSchema,
    yanked: v.boolean(),
    kind: KindSchema,
    target: TargetSchema,
    variant: v.string(),
    status: TaskStatusSchema,
    priority: v.pipe(v.number(), v.safeInteger()),
    attempts: Count,
    /** When a retry may begin, while it waits for one. */
    notBefore: v.nullable(TimestampSchema),
    failure: v.nullable(FailureSchema),
    /** The build that runs or ran last. */
    build: v.nullable(BuildIdSchema),
    /** The build whose artifacts are published; a failed rebuild never replaces it. */
    publishedBuild: v.nullable(BuildIdSchema),
    createdAt: TimestampSchema,
    updatedAt: TimestampSchema,
  }),
);
export type Task = v.InferOutput<typeof TaskSchema>;

/** A task with its place in the queue (1 is next), while it is pending. */
export const TaskDetailSchema = named(
  'TaskDetail',
  v.object({
    ...TaskSchema.entries,
    queuePosition: v.nullable(Count),
    artifacts: v.array(ArtifactSchema),
  }),
);
export type TaskDetail = v.InferOutput<typeof TaskDetailSchema>;

/** One run of a task by one builder. */
export const BuildSchema = named(
  'Build',
  v.object({
    id: BuildIdSchema,
    task: TaskIdSchema,
    crate: CrateNameSchema,
    version: VersionSchema,
    kind: KindSchema,
    target: TargetSchema,
    variant: v.string(),
    builder: v.nullable(v.object({ id: BuilderIdSchema, name: v.string() })),
    /** `null` while it runs. */
    outcome: v.nullable(BuildOutcomeSchema),
    stage: v.nullable(StageSchema),
    /** When each stage began, in order. */
    stages: v.array(v.object({ stage: StageSchema, startedAt: TimestampSchema })),
    failure: v.nullable(FailureSchema),
    logBytes: Count,
    inputId: v.nullable(DigestSchema),
    createdAt: TimestampSchema,
    endedAt: v.nullable(TimestampSchema),
  }),
);
export type Build = v.InferOutput<typeof BuildSchema>;

/** A build with what it left. */
export const BuildDetailSchema = named(
  'BuildDetail',
  v.object({
    ...BuildSchema.entries,
    artifacts: v.array(ArtifactSchema),
    members: v.array(ArchiveMemberSchema),
    info: v.nullable(BuildInfoSchema),
  }),
);
export type BuildDetail = v.InferOutput<typeof BuildDetailSchema>;

/** A crate in a list. */
export const CrateSummarySchema = named(
  'CrateSummary',
  v.object({
    name: CrateNameSchema,
    description: v.nullable(v.string()),
    /** Newest stable version that is not yanked, else newest pre-release; `null` when all are yanked. */
    latest: v.nullable(VersionSchema),
    /** Targets the latest version is built for. */
    targets: v.array(TargetSchema),
    downloads: Count,
    updatedAt: TimestampSchema,
  }),
);
export type CrateSummary = v.InferOutput<typeof CrateSummarySchema>;

/** A version of a crate. */
export const VersionDetailSchema = named(
  'VersionDetail',
  v.object({
    crate: CrateNameSchema,
    version: VersionSchema,
    checksum: DigestSchema,
    yanked: v.boolean(),
    /** `null` until its metadata task is built. */
    facts: v.nullable(CrateFactsSchema),
    tasks: v.array(TaskSchema),
    artifacts: v.array(ArtifactSchema),
  }),
);
export type VersionDetail = v.InferOutput<typeof VersionDetailSchema>;

/** A crate with its versions, newest first. */
export const CrateDetailSchema = named(
  'CrateDetail',
  v.object({
    ...CrateSummarySchema.entries,
    versions: v.array(
      v.object({
        version: VersionSchema,
        yanked: v.boolean(),
        targets: v.array(TargetSchema),
        status: v.nullable(TaskStatusSchema),
      }),
    ),
  }),
);
export type CrateDetail = v.InferOutput<typeof CrateDetailSchema>;

/** A builder, as anybody may see it. */
export const BuilderSchema = named(
  'Builder',
  v.object({
    id: BuilderIdSchema,
    name: v.string(),
    fingerprint: FingerprintSchema,
    enabled: v.boolean(),
    connected: v.boolean(),
    targets: v.array(TargetSchema),
    kinds: v.array(KindSchema),
    executor: v.nullable(ExecutorNameSchema),
    isolation: v.nullable(IsolationSchema),
    slots: Count,
    building: Count,
    /** Given nothing for now, as too much went wrong on it; `null` when it is not. */
    suspended: v.nullable(v.object({ until: TimestampSchema, reason: v.string() })),
    /** Why it takes no work for now, as it says itself; `null` when it does. */
    paused: v.nullable(v.string()),
    lastSeenAt: v.nullable(TimestampSchema),
  }),
);
export type Builder = v.InferOutput<typeof BuilderSchema>;

/** A target the service builds for. */
export const TargetDetailSchema = named(
  'TargetDetail',
  v.object({
    name: TargetSchema,
    /** Whether new versions are built for it unasked. */
    enabled: v.boolean(),
    /** Connected builders that offer it. */
    builders: Count,
    built: Count,
  }),
);
export type TargetDetail = v.InferOutput<typeof TargetDetailSchema>;

/** How the queue stands. */
export const QueueSchema = named(
  'Queue',
  v.object({
    blocked: Count,
    pending: Count,
    scheduled: Count,
    building: Count,
    built: Count,
    failed: Count,
    /** Since when the oldest pending task waits. */
    oldestPendingAt: v.nullable(TimestampSchema),
  }),
);
export type Queue = v.InferOutput<typeof QueueSchema>;

/** A request to build a crate. */
export const RequestBuildSchema = named(
  'RequestBuild',
  v.strictObject({
    crate: CrateNameSchema,
    /** `latest` or an exact version; a yanked one is built only when named exactly. */
    version: v.optional(v.union([v.literal('latest'), VersionSchema]), 'latest'),
    /** Targets to build for; the enabled ones when left out. */
    targets: v.optional(v.pipe(v.array(TargetSchema), v.minLength(1), v.maxLength(32))),
  }),
);
export type RequestBuild = v.InferOutput<typeof RequestBuildSchema>;

/** The tasks that answer a request, made or found: one per target. */
export const RequestedSchema = named(
  'Requested',
  v.object({
    crate: CrateNameSchema,
    version: VersionSchema,
    yanked: v.boolean(),
    tasks: v.array(TaskSchema),
  }),
);
export type Requested = v.InferOutput<typeof RequestedSchema>;
