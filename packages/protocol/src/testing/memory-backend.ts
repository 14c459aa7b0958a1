import { randomBytes, randomUUID } from 'node:crypto';
import {
  DEFAULT_LIMITS,
  JobSchema,
  type BuilderId,
  type BuildId,
  type Failure,
  type Fingerprint,
  type Job,
  type JobResult,
  type Stage,
} from '@buildsrs/common';
import * as v from 'valibot';
import type { BackendHooks, ConnectedBuilder, EnrolledBuilder } from '../backend-hooks.ts';
import { systemClock, type Clock } from '../clock.ts';
import type { RenewedLease, ResultOutcome } from '../messages.ts';
import { fingerprintOf, formatPublicKey, type PublicKey } from '../ssh/index.ts';

/** A job as a backend makes one, for tests. */
export function testJob(changes: Partial<v.InferInput<typeof JobSchema>> = {}): Job {
  return v.parse(JobSchema, {
    build: randomUUID(),
    task: 1,
    kind: 'metadata',
    crate: 'sample',
    version: '1.0.0',
    checksum: 'a'.repeat(64),
    target: 'generic',
    variant: 'default',
    registry: { index: 'sparse+http://127.0.0.1:1/', crateUrl: 'http://127.0.0.1:1/sample.crate' },
    isolation: 'none',
    limits: DEFAULT_LIMITS,
    lease: { token: randomBytes(24).toString('base64url'), expiresInMs: 60_000 },
    uploadUrl: 'http://127.0.0.1:1/upload',
    ...changes,
  });
}

/** A build as {@link MemoryBackend} keeps it. */
export interface MemoryBuild {
  readonly job: Job;
  readonly builder: BuilderId;
  expiresAtMs: number;
  state: 'offered' | 'running' | 'recorded';
  log: Buffer;
  readonly stages: Stage[];
  result?: JobResult | Failure;
}

/** A backend without a database: what a `BackendSession` asks for, in memory, with the rules of leases and fencing. */
export class MemoryBackend implements BackendHooks {
  readonly enrolled = new Map<Fingerprint, EnrolledBuilder>();
  /** Jobs to hand out, in order. */
  readonly queue: Job[] = [];
  readonly builds = new Map<BuildId, MemoryBuild>();
  /** What was called, in order: `accepted BUILD`. */
  readonly calls: string[] = [];
  readonly leaseMs: number;
  readonly #clock: Clock;

  constructor(options: { leaseMs?: number; clock?: Clock } = {}) {
    this.leaseMs = options.leaseMs ?? 60_000;
    this.#clock = options.clock ?? systemClock;
  }

  enrol(key: PublicKey, changes: Partial<EnrolledBuilder> = {}): EnrolledBuilder {
    const builder = {
      id: (this.enrolled.size + 1) as BuilderId,
      name: `builder-${this.enrolled.size + 1}`,
      publicKey: formatPublicKey(key),
      enabled: true,
      ...changes,
    };
    this.enrolled.set(fingerprintOf(key), builder);
    return builder;
  }

  /** Ends a lease, as a reaper does. */
  expire(build: BuildId): void {
    const held = this.builds.get(build);
    if (held !== undefined) held.expiresAtMs = Number.NEGATIVE_INFINITY;
  }

  #held(builder: ConnectedBuilder, build: BuildId, token?: string): MemoryBuild | undefined {
    const held = this.builds.get(build);
    if (held === undefined || held.builder !== builder.id || held.state === 'recorded') return undefined;
    if (token !== undefined && held.job.lease.token !== token) return undefined;
    return held.expiresAtMs > this.#clock.monotonicMs() ? held : undefined;
  }

  async findBuilder(fingerprint: Fingerprint) {
    this.calls.push('findBuilder');
    return this.enrolled.get(fingerprint);
  }

  async welcomed(builder: ConnectedBuilder) {
    this.calls.push(`welcomed ${builder.name}`);
  }

  async requested(builder: ConnectedBuilder, { slots, reason }: { slots: number; reason?: string }) {
    if (reason !== undefined) this.calls.push(`requested ${builder.name} ${slots}: ${reason}`);
  }

  async claim(builder: ConnectedBuilder, count: number) {
    const jobs = this.queue.splice(0, count);
    for (const job of jobs) {
      this.builds.set(job.build, {
        job,
        builder: builder.id,
        expiresAtMs: this.#clock.monotonicMs() + this.leaseMs,
        state: 'offered',
        log: Buffer.alloc(0),
        stages: [],
      });
    }
    return jobs;
  }

  async accepted(builder: ConnectedBuilder, build: BuildId) {
    this.calls.push(`accepted ${build}`);
    const held = this.#held(builder, build);
    if (held !== undefined) held.state = 'running';
    return held !== undefined;
  }

  async declined(builder: ConnectedBuilder, build: BuildId, reason: string) {
    this.calls.push(`declined ${build} ${reason}`);
    if (this.#held(builder, build) !== undefined) this.builds.delete(build);
  }

  async stage(builder: ConnectedBuilder, build: BuildId, stage: Stage) {
    this.calls.push(`stage ${build} ${stage}`);
    this.#held(builder, build)?.stages.push(stage);
  }

  async log(
    builder: ConnectedBuilder,
    { build, offset, bytes }: { build: BuildId; offset: number; bytes: Uint8Array },
  ) {
    const held = this.#held(builder, build);
    if (held === undefined) return offset + bytes.length;
    held.log = Buffer.concat([held.log, bytes.subarray(Math.max(0, held.log.length - offset))]);
    return held.log.length;
  }

  async renew(builder: ConnectedBuilder, builds: readonly BuildId[]) {
    const renewed: RenewedLease[] = [];
    for (const build of builds) {
      const held = this.#held(builder, build);
      if (held === undefined) continue;
      held.expiresAtMs = this.#clock.monotonicMs() + this.leaseMs;
      renewed.push({ build, expiresInMs: this.leaseMs });
    }
    return renewed;
  }

  async #record(
    builder: ConnectedBuilder,
    build: BuildId,
    token: string,
    result: JobResult | Failure,
  ): Promise<ResultOutcome> {
    const known = this.builds.get(build);
    const mine = known?.builder === builder.id && known.job.lease.token === token;
    if (mine && known.state === 'recorded') return 'already-recorded';
    const held = this.#held(builder, build, token);
    if (held === undefined) return 'lease-lost';
    held.state = 'recorded';
    held.result = result;
    return 'recorded';
  }

  async complete(builder: ConnectedBuilder, sent: { build: BuildId; token: string; result: JobResult }) {
    this.calls.push(`complete ${sent.build}`);
    return this.#record(builder, sent.build, sent.token, sent.result);
  }

  async failed(builder: ConnectedBuilder, sent: { build: BuildId; token: string; failure: Failure }) {
    this.calls.push(`failed ${sent.build}`);
    return this.#record(builder, sent.build, sent.token, sent.failure);
  }

  async resume(builder: ConnectedBuilder, { build, token }: { build: BuildId; token: string }) {
    this.calls.push(`resume ${build}`);
    const held = this.#held(builder, build, token);
    if (held === undefined) return undefined;
    held.expiresAtMs = this.#clock.monotonicMs() + this.leaseMs;
    return { logOffset: held.log.length, expiresInMs: this.leaseMs };
  }

  async draining(builder: ConnectedBuilder) {
    this.calls.push(`draining ${builder.name}`);
  }

  async disconnected(
    builder: ConnectedBuilder,
    left: { offered: readonly BuildId[]; running: readonly BuildId[] },
  ) {
    this.calls.push(
      `disconnected ${builder.name} offered=${left.offered.length} running=${left.running.length}`,
    );
    for (const build of left.offered) this.builds.delete(build);
  }
}
