import {
  BuilderIdSchema,
  BuildIdSchema,
  ExecutorNameSchema,
  FailureSchema,
  FingerprintSchema,
  IsolationSchema,
  JobResultSchema,
  JobSchema,
  KindSchema,
  StageSchema,
  TargetSchema,
} from '@buildsrs/common';
import * as v from 'valibot';
import { MAX_LOG_CHUNK_BYTES, MAX_SLOTS } from './limits.ts';

const Text = (maxLength: number) => v.pipe(v.string(), v.maxLength(maxLength));
const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const DurationMs = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(24 * 3_600_000));
const base64 = (maxBytes: number) =>
  v.pipe(
    v.string(),
    v.maxLength(4 * Math.ceil(maxBytes / 3)),
    v.regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, 'is not base64'),
  );
const TokenSchema = JobSchema.entries.lease.entries.token;
const BuildsSchema = v.pipe(v.array(BuildIdSchema), v.maxLength(MAX_SLOTS));

/** What a builder can do. The backend offers only jobs that fit. */
export const CapabilitiesSchema = v.strictObject({
  /** The targets it builds for; `generic` jobs need none. */
  targets: v.pipe(v.array(TargetSchema), v.maxLength(256)),
  kinds: v.pipe(v.array(KindSchema), v.minLength(1), v.maxLength(16)),
  executor: ExecutorNameSchema,
  isolation: IsolationSchema,
  /** How many builds it can run at once. */
  slots: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_SLOTS)),
});
export type Capabilities = v.InferOutput<typeof CapabilitiesSchema>;

/** First message of a builder. */
export const HelloSchema = v.strictObject({
  type: v.literal('hello'),
  protocol: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  /** `SHA256:…` of the key, as `ssh-keygen -lf` prints it. */
  fingerprint: FingerprintSchema,
  /** The key as one line, `ssh-ed25519 AAAA… [comment]`. It proves nothing until `proof`. */
  publicKey: Text(512),
  capabilities: CapabilitiesSchema,
  /** Name and version of the builder's program, for people: `builds-builder 0.1.0`. */
  software: Text(128),
});

/** The builder's messages, by type. */
export const BuilderMessageSchema = v.variant('type', [
  HelloSchema,
  v.strictObject({
    type: v.literal('proof'),
    /** An armoured SSHSIG over the challenge's bytes. */
    signature: Text(2_048),
  }),
  v.strictObject({
    type: v.literal('request'),
    /** How many builds the builder wants to have at once, those offered and running counted. Replaces the former number. */
    slots: v.pipe(Count, v.maxValue(MAX_SLOTS)),
    /** Why it takes nothing new for now, for people; only with 0 slots. */
    reason: v.optional(Text(256)),
  }),
  v.strictObject({ type: v.literal('accept'), build: BuildIdSchema }),
  v.strictObject({ type: v.literal('decline'), build: BuildIdSchema, reason: Text(1_024) }),
  v.strictObject({ type: v.literal('stage'), build: BuildIdSchema, stage: StageSchema }),
  v.strictObject({
    type: v.literal('log'),
    build: BuildIdSchema,
    /** Where in the build's log these bytes begin. */
    offset: Count,
    data: v.pipe(base64(MAX_LOG_CHUNK_BYTES), v.minLength(4)),
  }),
  v.strictObject({
    type: v.literal('heartbeat'),
    /** Every build whose lease is to be renewed: all that were accepted and have no `done` yet. */
    builds: BuildsSchema,
  }),
  v.strictObject({
    type: v.literal('complete'),
    build: BuildIdSchema,
    token: TokenSchema,
    result: JobResultSchema,
  }),
  v.strictObject({
    type: v.literal('failed'),
    build: BuildIdSchema,
    token: TokenSchema,
    failure: FailureSchema,
  }),
  v.strictObject({ type: v.literal('resume'), build: BuildIdSchema, token: TokenSchema }),
  v.strictObject({ type: v.literal('drain') }),
]);
export type BuilderMessage = v.InferOutput<typeof BuilderMessageSchema>;

/** What became of a result. */
export const ResultOutcomeSchema = v.picklist(['recorded', 'already-recorded', 'lease-lost']);
export type ResultOutcome = v.InferOutput<typeof ResultOutcomeSchema>;

/** A lease that goes on, and how long from now. */
export const RenewedLeaseSchema = v.strictObject({ build: BuildIdSchema, expiresInMs: DurationMs });
export type RenewedLease = v.InferOutput<typeof RenewedLeaseSchema>;

/** The backend's messages, by type. */
export const BackendMessageSchema = v.variant('type', [
  v.strictObject({
    type: v.literal('challenge'),
    /** base64 of the bytes to sign; see `challenge.ts` for what is in them. */
    challenge: v.pipe(base64(512), v.minLength(4)),
    expiresInMs: DurationMs,
  }),
  v.strictObject({
    type: v.literal('welcome'),
    builder: v.strictObject({ id: BuilderIdSchema, name: Text(256) }),
    heartbeatIntervalMs: DurationMs,
    leaseMs: DurationMs,
  }),
  v.strictObject({
    type: v.literal('offer'),
    job: JobSchema,
    /** The scheduler's armoured SSHSIG of the job; see `job-signature.ts`. Left out by a backend without a scheduler key. */
    signature: v.optional(Text(2_048)),
  }),
  v.strictObject({
    type: v.literal('renewed'),
    builds: v.pipe(v.array(RenewedLeaseSchema), v.maxLength(MAX_SLOTS)),
  }),
  v.strictObject({ type: v.literal('lost'), build: BuildIdSchema }),
  v.strictObject({ type: v.literal('cancel'), build: BuildIdSchema, reason: Text(1_024) }),
  v.strictObject({
    type: v.literal('resumed'),
    build: BuildIdSchema,
    /** How many bytes of the log are stored; it goes on there. */
    logOffset: Count,
    expiresInMs: DurationMs,
  }),
  v.strictObject({
    type: v.literal('logged'),
    build: BuildIdSchema,
    /** How many bytes of the log are stored now. */
    offset: Count,
  }),
  v.strictObject({ type: v.literal('done'), build: BuildIdSchema, outcome: ResultOutcomeSchema }),
  v.strictObject({ type: v.literal('drain') }),
]);
export type BackendMessage = v.InferOutput<typeof BackendMessageSchema>;
