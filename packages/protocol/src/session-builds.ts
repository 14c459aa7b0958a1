import type { BuildId, Job } from '@buildsrs/common';
import type { BackendHooks, ConnectedBuilder } from './backend-hooks.ts';
import type { Clock } from './clock.ts';
import { ProtocolViolation } from './close-codes.ts';
import { signJob } from './job-signature.ts';
import { LOG_WINDOW_BYTES, MAX_SLOTS } from './limits.ts';
import type { BackendMessage, BuilderMessage } from './messages.ts';
import type { BuilderKey } from './ssh/index.ts';

/**
 * Where a build stands on this connection. `offered` → `running` → `ending` (a result is being recorded) → gone;
 * `resuming` → `running`; `cancelled` until the builder says it let go.
 */
type BuildState = 'offered' | 'resuming' | 'running' | 'ending' | 'cancelled';

interface LiveBuild {
  state: BuildState;
  /** Where the received log ends, and where the stored one does. */
  received: number;
  stored: number;
  /** Whether the builder has named it in a heartbeat, or must from the next on. */
  listed: boolean;
  /** The work on this build so far; what comes next waits for it. */
  work: Promise<void>;
  forgetOffer: () => void;
}

/** What the builds of a connection need of its session. */
export interface SessionPort {
  readonly builder: ConnectedBuilder;
  readonly hooks: BackendHooks;
  readonly clock: Clock;
  readonly offerTimeoutMs: number;
  readonly schedulerKey: BuilderKey | undefined;
  isOpen(): boolean;
  send(message: BackendMessage): void;
  /** Keeps count of a piece of work; a failure of it closes the connection. Never rejects. */
  track(work: () => Promise<void>): Promise<void>;
  lost(build: BuildId): void;
  /** Something of ours is wrong that does no harm to the connection. */
  fault(error: unknown): void;
}

type MessageOf<Type extends BuilderMessage['type']> = Extract<BuilderMessage, { type: Type }>;

/** The builds of one authenticated connection: offers, order per build, log windows, leases. */
export class SessionBuilds {
  readonly #port: SessionPort;
  readonly #builds = new Map<BuildId, LiveBuild>();
  #slots = 0;
  #draining = false;
  #claiming = false;
  #wanted = false;

  constructor(port: SessionPort) {
    this.#port = port;
  }

  #add(build: BuildId, state: BuildState): LiveBuild {
    if (this.#builds.size >= MAX_SLOTS) throw new ProtocolViolation('flooding', 'Too many builds.');
    const live: LiveBuild = {
      state,
      received: 0,
      stored: 0,
      listed: false,
      work: Promise.resolve(),
      forgetOffer: () => undefined,
    };
    this.#builds.set(build, live);
    return live;
  }

  /** Runs after all former work on the build; counted from now on. */
  #inOrder(live: LiveBuild, work: () => Promise<void>): void {
    const former = live.work;
    live.work = this.#port.track(() => former.then(work));
  }

  #forget(build: BuildId, live: LiveBuild): void {
    live.forgetOffer();
    if (this.#builds.get(build) === live) this.#builds.delete(build);
  }

  #remove(build: BuildId, live: LiveBuild): void {
    this.#forget(build, live);
    this.claim();
  }

  #lose(build: BuildId, live: LiveBuild): void {
    this.#port.lost(build);
    this.#port.send({ type: 'lost', build });
    this.#remove(build, live);
  }

  /** The build when it runs here. A build that does not (any more) is answered with `lost`: the news may be under way. */
  #running(build: BuildId, type: string): LiveBuild | undefined {
    const live = this.#builds.get(build);
    if (live === undefined) this.#port.send({ type: 'lost', build });
    else if (live.state === 'running') return live;
    else if (live.state !== 'cancelled') throw new ProtocolViolation('unexpected-frame', type);
    return undefined;
  }

  request(message: MessageOf<'request'>): void {
    const { slots, reason } = message;
    const { hooks, builder } = this.#port;
    this.#slots = slots;
    void this.#port.track(async () => hooks.requested?.(builder, { slots, reason }));
    this.claim();
  }

  /** No more offers on this connection. */
  drain(): void {
    this.#draining = true;
  }

  /** Claims and offers until the builder has no room or the backend no work. */
  claim(): void {
    this.#wanted = true;
    if (this.#claiming) return;
    this.#claiming = true;
    void this.#port.track(async () => {
      try {
        while (this.#wanted) {
          this.#wanted = false;
          const count = this.#room();
          if (count <= 0) continue;
          const jobs = await this.#port.hooks.claim(this.#port.builder, count);
          for (const job of jobs) await this.#offer(job);
          if (jobs.length >= count && this.#room() < count) this.#wanted = true;
        }
      } finally {
        this.#claiming = false;
      }
    });
  }

  #room(): number {
    return this.#draining || !this.#port.isOpen() ? 0 : this.#slots - this.#builds.size;
  }

  async #offer(job: Job): Promise<void> {
    const { builder, hooks, clock, offerTimeoutMs, schedulerKey } = this.#port;
    if (this.#room() <= 0) {
      await hooks.declined(builder, job.build, 'the builder went before the offer reached it');
      return;
    }
    const live = this.#add(job.build, 'offered');
    live.forgetOffer = clock.after(offerTimeoutMs, () => {
      this.#inOrder(live, () => hooks.declined(builder, job.build, 'the builder did not answer the offer'));
      this.#lose(job.build, live);
    });
    try {
      const signed = schedulerKey === undefined ? {} : { signature: signJob(schedulerKey, job) };
      this.#port.send({ type: 'offer', job, ...signed });
    } catch (error) {
      this.#port.fault(error);
      this.#forget(job.build, live);
      await hooks.declined(builder, job.build, 'the job cannot be sent');
    }
  }

  accept({ build }: MessageOf<'accept'>): void {
    const live = this.#builds.get(build);
    if (live === undefined) {
      this.#port.send({ type: 'lost', build });
      return;
    }
    if (live.state === 'cancelled') return;
    if (live.state !== 'offered') throw new ProtocolViolation('unexpected-frame', 'accept');
    live.forgetOffer();
    live.state = 'running';
    live.listed = true;
    this.#inOrder(live, async () => {
      const begun = await this.#port.hooks.accepted(this.#port.builder, build);
      if (!begun && this.#builds.get(build) === live) this.#lose(build, live);
    });
  }

  /** Declines an offer, gives a running build back, or confirms a cancelled one. */
  decline({ build, reason }: MessageOf<'decline'>): void {
    const live = this.#builds.get(build);
    if (live === undefined) return;
    if (live.state === 'ending') throw new ProtocolViolation('unexpected-frame', 'decline');
    const { state } = live;
    live.state = 'ending';
    this.#inOrder(live, async () => {
      if (state !== 'cancelled') await this.#port.hooks.declined(this.#port.builder, build, reason);
      // Not claimed anew at once: the same job could come back, and be declined, without end.
      if (state === 'cancelled') this.#remove(build, live);
      else this.#forget(build, live);
    });
  }

  cancel(build: BuildId, reason: string): void {
    const live = this.#builds.get(build);
    if (live === undefined || live.state === 'cancelled') return;
    live.forgetOffer();
    live.state = 'cancelled';
    this.#port.send({ type: 'cancel', build, reason });
  }

  stage({ build, stage }: MessageOf<'stage'>): void {
    const live = this.#running(build, 'stage');
    if (live === undefined) return;
    this.#inOrder(live, () => this.#port.hooks.stage(this.#port.builder, build, stage));
  }

  log({ build, offset, data }: MessageOf<'log'>): void {
    const live = this.#running(build, 'log');
    if (live === undefined) return;
    const bytes = Buffer.from(data, 'base64');
    const end = offset + bytes.length;
    if (offset > live.received) {
      throw new ProtocolViolation('log-gap', `It ends at ${live.received}, the chunk begins at ${offset}.`);
    }
    if (end - live.stored > LOG_WINDOW_BYTES) throw new ProtocolViolation('log-window');
    live.received = Math.max(live.received, end);
    this.#inOrder(live, async () => {
      const length = await this.#port.hooks.log(this.#port.builder, { build, offset, bytes });
      if (length < end) throw new Error(`log of ${build} ends at ${length} after an append up to ${end}`);
      live.stored = Math.max(live.stored, length);
      this.#port.send({ type: 'logged', build, offset: length });
    });
  }

  heartbeat(message: MessageOf<'heartbeat'>): void {
    const listed = new Set(message.builds);
    for (const [build, live] of this.#builds) {
      if (listed.has(build)) live.listed = true;
      else if (live.listed && live.state === 'running') this.#remove(build, live);
    }
    const asked = [...listed].filter((build) => {
      const state = this.#builds.get(build)?.state;
      return state === 'running' || state === 'ending';
    });
    void this.#port.track(async () => {
      const builds = asked.length === 0 ? [] : await this.#port.hooks.renew(this.#port.builder, asked);
      this.#port.send({ type: 'renewed', builds: [...builds] });
      const renewed = new Set(builds.map((lease) => lease.build));
      for (const build of asked) {
        const live = this.#builds.get(build);
        if (!renewed.has(build) && live?.state === 'running') this.#lose(build, live);
      }
    });
  }

  /** `complete` or `failed`: fenced by the hook, so builds of earlier connections are welcome. */
  result(message: MessageOf<'complete'> | MessageOf<'failed'>): void {
    const { build, token } = message;
    const live = this.#builds.get(build) ?? this.#add(build, 'running');
    if (live.state !== 'running' && live.state !== 'cancelled') {
      throw new ProtocolViolation('unexpected-frame', message.type);
    }
    live.state = 'ending';
    this.#inOrder(live, async () => {
      const { hooks, builder } = this.#port;
      const outcome =
        message.type === 'complete'
          ? await hooks.complete(builder, { build, token, result: message.result })
          : await hooks.failed(builder, { build, token, failure: message.failure });
      this.#port.send({ type: 'done', build, outcome });
      this.#remove(build, live);
    });
  }

  resume({ build, token }: MessageOf<'resume'>): void {
    if (this.#builds.has(build)) throw new ProtocolViolation('unexpected-frame', 'resume');
    const live = this.#add(build, 'resuming');
    this.#inOrder(live, async () => {
      const resumed = await this.#port.hooks.resume(this.#port.builder, { build, token });
      if (resumed === undefined) {
        this.#lose(build, live);
        return;
      }
      live.received = resumed.logOffset;
      live.stored = resumed.logOffset;
      if (live.state === 'resuming') live.state = 'running';
      this.#port.send({ type: 'resumed', build, ...resumed });
    });
  }

  /** The connection has ended: what was never accepted, and what runs. */
  end(): { offered: BuildId[]; running: BuildId[] } {
    const left: { offered: BuildId[]; running: BuildId[] } = { offered: [], running: [] };
    for (const [build, live] of this.#builds) {
      live.forgetOffer();
      if (live.state === 'offered') left.offered.push(build);
      if (live.state === 'running' || live.state === 'resuming') left.running.push(build);
    }
    this.#builds.clear();
    return left;
  }
}
