import { failure, type BuildId, type Failure, type Job, type JobResult, type Stage } from '@buildsrs/common';
import type { JobOutcome } from '@buildsrs/executor';
import { LogSender, ProtocolViolation, type BuilderSession, type Clock } from '@buildsrs/protocol';
import type { JobRunner } from './job-runner.ts';
import { uploadArtifact } from './upload-artifact.ts';

/** Why a build is stopped before its end. Only `lost` leaves nothing to tell the backend. */
export type StopReason = 'lost' | 'cancelled' | 'given-back';

/** So long before its lease ends a build stops itself, as it may be handed to somebody else at that moment. */
const LEASE_MARGIN_MS = 10_000;

/** What a running build needs of the agent. */
export interface BuildOptions {
  readonly runner: JobRunner;
  readonly clock: Clock;
  /** Resolves when one of the machine's slots is free for it. Must be given back. */
  takeSlot(signal: AbortSignal): Promise<() => void>;
  /** The build's processes are gone and nothing is left to tell: forget it. */
  gone(build: BuildId): void;
  warn(facts: object, message: string): void;
}

/**
 * One build on this builder, from accept to `done`, across connections: it runs on while there is none, keeps what could
 * not be sent, and stops itself when its lease ends unrenewed.
 */
export class RunningBuild {
  readonly job: Job;
  readonly #options: BuildOptions;
  readonly #log: LogSender;
  readonly #abort = new AbortController();
  #session: BuilderSession | undefined;
  /** Whether the backend knows on this connection that the build runs here. */
  #attached = false;
  #stopReason: StopReason | undefined;
  #unsentStage: Stage | undefined;
  #result: { readonly complete: JobResult } | { readonly failed: Failure } | undefined;
  #resultReady = false;
  #stopLease: () => void = () => undefined;

  constructor(job: Job, options: BuildOptions) {
    this.job = job;
    this.#options = options;
    this.#log = new LogSender(job.limits.logBytes);
  }

  /** Whether its lease is to be renewed. */
  get held(): boolean {
    return this.#stopReason !== 'lost';
  }

  /** Begins on the connection on which it was accepted. */
  start(session: BuilderSession): void {
    this.#session = session;
    this.#attached = true;
    this.#log.connect(0, (offset, bytes) => this.#session?.log(this.job.build, offset, bytes));
    this.renewed(this.job.lease.expiresInMs);
    void this.#run();
  }

  /** The lease goes on from now. */
  renewed(expiresInMs: number): void {
    this.#stopLease();
    const marginMs = Math.min(LEASE_MARGIN_MS, expiresInMs / 4);
    this.#stopLease = this.#options.clock.after(expiresInMs - marginMs, () => {
      this.#options.warn({ build: this.job.build }, 'the lease was not renewed; the build is stopped');
      this.stop('lost');
    });
  }

  /** There is a new connection: goes on with the build, or sends the result again; that is safe to repeat. */
  reconnect(session: BuilderSession): void {
    if (!this.held) return;
    this.#session = session;
    if (this.#resultReady) this.#sendResult(session);
    else session.resume(this.job.build, this.job.lease.token);
  }

  /** The backend let the build go on; `logOffset` bytes of its log are stored. */
  resumed(logOffset: number, expiresInMs: number): void {
    const session = this.#session;
    if (session === undefined) return;
    this.#attached = true;
    this.renewed(expiresInMs);
    if (this.#stopReason !== undefined) return;
    if (this.#unsentStage !== undefined) this.#tellStage(this.#unsentStage);
    const { build } = this.job;
    if (this.#resultReady) this.#sendResult(session);
    else if (!this.#log.connect(logOffset, (offset, bytes) => session.log(build, offset, bytes))) {
      this.#options.warn({ build, logOffset }, 'the log cannot be continued there; the build is given back');
      this.stop('given-back');
    }
  }

  disconnected(): void {
    this.#session = undefined;
    this.#attached = false;
    this.#log.disconnect();
  }

  logged(offset: number): void {
    this.#log.stored(offset);
  }

  /** Stops the build; its processes are killed at once. A result that is ready is still told, unless the lease is lost. */
  stop(reason: StopReason): void {
    this.#stopReason ??= reason;
    if (reason === 'lost') this.#stopReason = 'lost';
    this.#log.abandon();
    this.#abort.abort(new Error(`the build was stopped: ${reason}`));
    // Nothing of it runs any more, and its result is not wanted, or cannot be told in time.
    const untold = reason === 'lost' || (reason === 'given-back' && this.#session === undefined);
    if (this.#resultReady && untold) this.done();
  }

  /** The backend settled the result. */
  done(): void {
    this.#stopLease();
    this.#options.gone(this.job.build);
  }

  #tellStage(stage: Stage): void {
    this.#unsentStage = stage;
    if (this.#session === undefined || !this.#attached || this.#stopReason !== undefined) return;
    this.#session.stage(this.job.build, stage);
    this.#unsentStage = undefined;
  }

  async #outcome(): Promise<JobOutcome> {
    const { signal } = this.#abort;
    let release: () => void;
    try {
      release = await this.#options.takeSlot(signal);
    } catch {
      return { status: 'cancelled' };
    }
    try {
      return await this.#options.runner(this.job, {
        onStage: (stage) => this.#tellStage(stage),
        onLog: (bytes) => this.#log.write(bytes),
        upload: (file) => uploadArtifact(this.job, file, signal),
        signal,
      });
    } catch (error) {
      this.#options.warn({ build: this.job.build, error }, 'the executor failed');
      return { status: 'failed', failure: failure('executor-error', 'The builder could not run the build.') };
    } finally {
      release();
    }
  }

  async #run(): Promise<void> {
    const outcome = await this.#outcome();
    if (this.#stopReason === undefined) {
      if (outcome.status === 'cancelled') {
        this.#result = { failed: failure('executor-error', 'The build was stopped without being asked to.') };
      } else
        this.#result =
          outcome.status === 'succeeded' ? { complete: outcome.result } : { failed: outcome.failure };
      await this.#log.drained();
    }
    if (this.#stopReason !== undefined) {
      this.#letGo(this.#stopReason);
      return;
    }
    this.#resultReady = true;
    if (this.#session !== undefined && this.#attached) this.#sendResult(this.#session);
  }

  /** The build is dead. Without a connection the backend learns of it by the lease. */
  #letGo(reason: StopReason): void {
    this.#stopLease();
    if (reason !== 'lost')
      this.#session?.decline(this.job.build, reason === 'cancelled' ? 'cancelled' : 'the builder stops');
    this.#options.gone(this.job.build);
  }

  #sendResult(session: BuilderSession): void {
    const result = this.#result;
    if (result === undefined) return;
    const { build, lease } = this.job;
    if ('failed' in result) {
      session.failed(build, lease.token, result.failed);
      return;
    }
    try {
      session.complete(build, lease.token, result.complete);
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.#result = {
        failed: failure('output-too-large', `The result of the build cannot be reported: ${error.message}`),
      };
      session.failed(build, lease.token, this.#result.failed);
    }
  }
}
