import { isolationLevel, SentenceError, type BuildId, type Job } from '@buildsrs/common';
import {
  BuilderSession,
  systemClock,
  type BackendMessage,
  type Capabilities,
  type Clock,
  type SessionEnd,
} from '@buildsrs/protocol';
import type { BuilderKey, PublicKey } from '@buildsrs/protocol/ssh';
import type { Logger } from 'pino';
import { backOffMs, pause } from './back-off.ts';
import type { Connector } from './connect.ts';
import { SpaceWatch, type MinimumFree, type Space } from './free-space.ts';
import type { JobRunner } from './job-runner.ts';
import { RunningBuild, type StopReason } from './running-build.ts';
import { Slots } from './slots.ts';

/** Processes that were killed are gone within this, or will not go at all. */
const KILL_TIMEOUT_MS = 30_000;

type Welcome = Extract<BackendMessage, { type: 'welcome' }>;

export interface AgentOptions {
  readonly connect: Connector;
  readonly key: BuilderKey;
  readonly capabilities: Capabilities;
  /** Name and version of the program, for people. */
  readonly software: string;
  readonly runner: JobRunner;
  readonly logger: Logger;
  /** Called at each welcome. */
  readonly onWelcome?: (welcome: Welcome) => void;
  readonly expectServer?: string;
  /** Jobs that this key did not sign are refused. */
  readonly schedulerKey?: PublicKey;
  readonly clock?: Clock;
  /** The disk that builds are on; no new ones are taken while less than this is free on it. */
  readonly disk?: { readonly look: () => Promise<Space>; readonly minimum: MinimumFree };
}

interface ConnectionEnd extends SessionEnd {
  readonly welcomed: boolean;
}

/**
 * Whether to give up. A builder that was welcome comes back also after a breach of the protocol, with growing pauses: what
 * led to it is gone with the connection, and its builds and its operator are better served than by a dead process.
 */
function isFinal({ welcomed, word, reconnect }: ConnectionEnd): boolean {
  return welcomed ? word === 'replaced' || word === 'revoked' || word === 'builder-disabled' : !reconnect;
}

/** A builder: keeps a connection to a backend, takes jobs while it has slots, and carries each to its end. */
export class Agent {
  readonly #options: AgentOptions;
  readonly #clock: Clock;
  readonly #slots: Slots;
  readonly #space: SpaceWatch | undefined;
  readonly #builds = new Map<BuildId, RunningBuild>();
  readonly #stopped = new AbortController();
  #session: BuilderSession | undefined;
  #welcomed = false;
  #draining = false;
  #whenIdle: (() => void)[] = [];

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#slots = new Slots(options.capabilities.slots);
    this.#space =
      options.disk === undefined
        ? undefined
        : new SpaceWatch({
            ...options.disk,
            clock: this.#clock,
            changed: (shortage) => this.#spaceChanged(shortage),
          });
  }

  #spaceChanged(shortage: string | undefined): void {
    const { logger } = this.#options;
    if (shortage === undefined) logger.info('there is room on the disk again; taking jobs');
    else logger.warn({ shortage }, 'there is too little room on the disk; no jobs are taken');
    if (this.#session !== undefined && this.#welcomed && !this.#draining) this.#request(this.#session);
  }

  #request(session: BuilderSession): void {
    const shortage = this.#space?.shortage;
    if (shortage === undefined) session.request(this.#options.capabilities.slots);
    else session.request(0, shortage);
  }

  /**
   * Connects, and again whenever the connection is lost, until it is stopped.
   *
   * @throws {SentenceError} `refused` when the backend refuses this builder for good.
   */
  async run(): Promise<void> {
    await this.#space?.start();
    try {
      await this.#connections();
    } finally {
      this.#space?.stop();
    }
  }

  async #connections(): Promise<void> {
    const { signal } = this.#stopped;
    const { logger } = this.#options;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const end = await this.#connection();
      if (signal.aborted) break;
      if (end === 'unreachable') logger.debug({ attempt }, 'trying again');
      else {
        if (end.welcomed && end.reconnect) attempt = 0;
        if (isFinal(end)) {
          await this.#stopBuilds('lost');
          throw new SentenceError('refused', `The backend refused this builder: ${end.reason}`);
        }
        logger.warn({ code: end.code, reason: end.reason, builds: this.#builds.size }, 'connection lost');
      }
      await pause(backOffMs(attempt), signal);
    }
  }

  /** One connection, from its attempt to its end. */
  async #connection(): Promise<ConnectionEnd | 'unreachable'> {
    const { connect, logger, key, capabilities, software, expectServer, schedulerKey, onWelcome } =
      this.#options;
    let channel;
    try {
      channel = await connect(this.#stopped.signal);
    } catch (error) {
      if (!this.#stopped.signal.aborted) {
        logger.warn({ reason: (error as Error).message }, 'the backend cannot be reached');
      }
      return 'unreachable';
    }
    return new Promise((resolve) => {
      let welcomed = false;
      const session = new BuilderSession(
        channel,
        { key, capabilities, software, expectServer, schedulerKey },
        {
          welcomed: (welcome) => {
            welcomed = true;
            this.#welcomed = true;
            logger.info({ builder: welcome.builder, builds: this.#builds.size }, 'welcomed');
            onWelcome?.(welcome);
            for (const build of this.#builds.values()) build.reconnect(session);
            if (this.#draining) session.drain();
            else this.#request(session);
          },
          offered: (job) => this.#offered(session, job),
          refused: ({ build }, reason) =>
            logger.error({ build, reason }, 'refused a job that the pinned scheduler did not sign'),
          renewed: ({ builds }) => {
            for (const lease of builds) this.#builds.get(lease.build)?.renewed(lease.expiresInMs);
          },
          lost: (build) => {
            if (this.#builds.has(build)) logger.warn({ build }, 'the lease is lost; the build is stopped');
            this.#builds.get(build)?.stop('lost');
          },
          cancelled: (build, reason) => {
            logger.info({ build, reason }, 'cancelled');
            const running = this.#builds.get(build);
            if (running === undefined) session.decline(build, 'cancelled');
            else running.stop('cancelled');
          },
          resumed: ({ build, logOffset, expiresInMs }) =>
            this.#builds.get(build)?.resumed(logOffset, expiresInMs),
          logged: ({ build, offset }) => this.#builds.get(build)?.logged(offset),
          done: ({ build, outcome }) => {
            logger.info({ build, outcome }, 'done');
            this.#builds.get(build)?.done();
          },
          draining: () => logger.info('the backend is going to stop'),
          builds: () => [...this.#builds].filter(([, running]) => running.held).map(([build]) => build),
          closed: (end) => {
            this.#session = undefined;
            this.#welcomed = false;
            for (const build of this.#builds.values()) build.disconnected();
            resolve({ ...end, welcomed });
          },
        },
        this.#clock,
      );
      this.#session = session;
    });
  }

  /** Why a job is not for this builder; `undefined` when it is. */
  #objection(job: Job): string | undefined {
    const { capabilities } = this.#options;
    if (this.#draining) return 'the builder stops';
    if (this.#space?.shortage !== undefined) return this.#space.shortage;
    if (this.#builds.has(job.build)) return 'the build runs already';
    // Builds whose lease is lost take a moment to die; new ones wait for their slots, but not without end.
    if (this.#builds.size >= 2 * capabilities.slots) return 'no slot is free';
    if (!capabilities.kinds.includes(job.kind)) return `the builder does not build ${job.kind}`;
    if (job.target !== 'generic' && !capabilities.targets.includes(job.target)) {
      return `the builder does not build for ${job.target}`;
    }
    if (isolationLevel(capabilities.isolation) < isolationLevel(job.isolation)) {
      return `the builder cannot isolate by ${job.isolation}`;
    }
    return undefined;
  }

  #offered(session: BuilderSession, job: Job): void {
    const { logger, runner } = this.#options;
    const facts = {
      build: job.build,
      kind: job.kind,
      crate: job.crate,
      version: job.version,
      target: job.target,
    };
    const objection = this.#objection(job);
    if (objection !== undefined) {
      logger.warn({ ...facts, objection }, 'declined');
      session.decline(job.build, objection);
      return;
    }
    logger.info(facts, 'accepted');
    session.accept(job.build);
    const build = new RunningBuild(job, {
      runner,
      clock: this.#clock,
      takeSlot: (signal) => this.#slots.take(signal),
      gone: (gone) => this.#gone(gone),
      warn: (more, message) => logger.warn(more, message),
    });
    this.#builds.set(job.build, build);
    build.start(session);
  }

  #gone(build: BuildId): void {
    this.#builds.delete(build);
    if (this.#builds.size === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** Resolves when no build is left, or the time is over. */
  async #idle(timeoutMs: number): Promise<void> {
    if (this.#builds.size === 0) return;
    const idle = new AbortController();
    this.#whenIdle.push(() => idle.abort());
    await pause(timeoutMs, idle.signal);
  }

  async #stopBuilds(reason: StopReason): Promise<void> {
    for (const build of this.#builds.values()) build.stop(reason);
    await this.#idle(KILL_TIMEOUT_MS);
  }

  /**
   * Takes no more jobs, lets what runs finish within `graceMs`, gives the rest back, and ends the connection; `run` then
   * returns. Called again, it shortens the grace.
   */
  async stop(graceMs: number): Promise<void> {
    if (!this.#draining) {
      this.#draining = true;
      this.#session?.drain();
      this.#options.logger.info({ builds: this.#builds.size, graceMs }, 'stopping');
    }
    await this.#idle(graceMs);
    await this.#stopBuilds('given-back');
    this.#session?.close('going-away');
    this.#stopped.abort();
  }
}
