import type { BuilderId, BuildId, Failure, Fingerprint, Job, JobResult, Stage } from '@buildsrs/common';
import type { ChannelEnd } from './channel.ts';
import type { Capabilities, RenewedLease, ResultOutcome } from './messages.ts';
import type { BuilderKey } from './ssh/index.ts';

/** A builder as the backend keeps it. */
export interface EnrolledBuilder {
  readonly id: BuilderId;
  readonly name: string;
  /** One OpenSSH line; the comment does not matter. */
  readonly publicKey: string;
  readonly enabled: boolean;
}

/** A builder that proved its key on this connection. */
export interface ConnectedBuilder {
  readonly id: BuilderId;
  readonly name: string;
  readonly fingerprint: Fingerprint;
  readonly capabilities: Capabilities;
  readonly software: string;
}

/**
 * What a `BackendSession` asks of its backend. For one build, calls come one at a time in the order of the builder's
 * messages; `renew` and `claim` run beside them, so that a slow `complete` does not cost a lease.
 * A hook that throws closes the connection with 1011, nothing else: the builder connects again and resumes.
 */
export interface BackendHooks {
  /** Asked only once a key was proven, so that strangers cause no query and learn nothing. `undefined`: not enrolled. */
  findBuilder(fingerprint: Fingerprint): Promise<EnrolledBuilder | undefined>;
  /** The builder is about to be welcomed: note it as connected; close older connections of the same builder (`replaced`). */
  welcomed(builder: ConnectedBuilder): Promise<void>;
  /** Claims up to `count` jobs that fit the builder. Asked again at once while it gives as many as asked, else at `wake()`. */
  claim(builder: ConnectedBuilder, count: number): Promise<readonly Job[]>;
  /** The builder said how many builds it wants at once, and why none where it says so. */
  requested?(builder: ConnectedBuilder, request: { slots: number; reason?: string }): Promise<void>;
  /** The builder took the job: `scheduled` → `building`. `false`: the lease had ended; the builder is told `lost`. */
  accepted(builder: ConnectedBuilder, build: BuildId): Promise<boolean>;
  /** The builder does not want the job, or did not answer the offer in time: give it back. */
  declined(builder: ConnectedBuilder, build: BuildId, reason: string): Promise<void>;
  stage(builder: ConnectedBuilder, build: BuildId, stage: Stage): Promise<void>;
  /** Appends to the log; bytes before its end are there already. Gives the length stored after it. */
  log(
    builder: ConnectedBuilder,
    chunk: { build: BuildId; offset: number; bytes: Uint8Array },
  ): Promise<number>;
  /** Renews the leases of these builds that are still this builder's; those left out of the answer are lost. */
  renew(builder: ConnectedBuilder, builds: readonly BuildId[]): Promise<readonly RenewedLease[]>;
  /** Fenced by token: a result of a lost lease changes nothing. Also asked for builds of an earlier connection. */
  complete(
    builder: ConnectedBuilder,
    result: { build: BuildId; token: string; result: JobResult },
  ): Promise<ResultOutcome>;
  /** As `complete`. */
  failed(
    builder: ConnectedBuilder,
    result: { build: BuildId; token: string; failure: Failure },
  ): Promise<ResultOutcome>;
  /** The builder goes on with a build of an earlier connection; renews its lease. `undefined`: the lease has ended. */
  resume(
    builder: ConnectedBuilder,
    resumed: { build: BuildId; token: string },
  ): Promise<{ logOffset: number; expiresInMs: number } | undefined>;
  /** The builder takes no more jobs and will go. */
  draining?(builder: ConnectedBuilder): Promise<void>;
  /**
   * The connection ended after `welcomed`. `offered` were never accepted: give them back at once. `running` keep their
   * leases: the builder may come back and resume.
   */
  disconnected(
    builder: ConnectedBuilder,
    left: { end: ChannelEnd; offered: readonly BuildId[]; running: readonly BuildId[] },
  ): Promise<void>;
}

/** Something worth a line in the backend's log. */
export interface SessionNote {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: 'welcomed' | 'refused' | 'closed' | 'hook-failed' | 'lost';
  readonly message: string;
  readonly error?: unknown;
}

/** How a `BackendSession` behaves. */
export interface BackendSessionOptions {
  /** Names the server in the challenge: its public base URL. */
  readonly serverId: string;
  /** Sent in `welcome`; builders send a heartbeat that often. */
  readonly heartbeatIntervalMs: number;
  /** Sent in `welcome`: how long a lease lasts without renewal. */
  readonly leaseMs: number;
  /** Until `hello`, and again until `proof`. 5 s. */
  readonly handshakeTimeoutMs?: number;
  /** Without a message for so long the builder is gone. Three heartbeats. */
  readonly silenceTimeoutMs?: number;
  /** Until an offer must be accepted or declined. 30 s. */
  readonly offerTimeoutMs?: number;
  /** Signs every job that is offered, so that builders can pin it. Jobs are not signed where it is left out. */
  readonly schedulerKey?: BuilderKey;
  readonly note?: (note: SessionNote) => void;
}
