import type { BuildId } from '@buildsrs/common';
import { BackendHandshake } from './backend-handshake.ts';
import type { BackendHooks, BackendSessionOptions, ConnectedBuilder, SessionNote } from './backend-hooks.ts';
import type { Channel, ChannelEnd } from './channel.ts';
import { systemClock, type Clock } from './clock.ts';
import { CLOSE, clipReason, ProtocolViolation, type CloseWord } from './close-codes.ts';
import { decodeBuilderFrame, encodeBackendFrame } from './frame.ts';
import { MAX_EARLY_FRAME_BYTES, MAX_FRAME_BYTES } from './limits.ts';
import type { BackendMessage, BuilderMessage } from './messages.ts';
import { SessionBuilds } from './session-builds.ts';
import { parsePublicKey, samePublicKey } from './ssh/index.ts';

/** Reading stops while so many messages are being worked on, and goes on at half of it. */
const BUSY_MESSAGES = 64;
/** What a channel that cannot pause, or had more in hand when it paused, may leave waiting. */
const MAX_WAITING_MESSAGES = 4_096;

type State = 'hello' | 'proof' | 'welcoming' | 'open' | 'closed';

/**
 * The backend's side of one connection: handshake, deadlines, order, and what each message does, over an abstract channel.
 * It owns the channel from its constructor on. Whatever the other side sends, the worst it gets is its own connection closed.
 */
export class BackendSession {
  readonly #channel: Channel;
  readonly #options: BackendSessionOptions;
  readonly #hooks: BackendHooks;
  readonly #clock: Clock;
  readonly #handshake: BackendHandshake;
  readonly #handshakeTimeoutMs: number;
  readonly #silenceTimeoutMs: number;
  /** Resolves when the connection has ended and every hook has returned. */
  readonly ended: Promise<void>;
  #resolveEnded: () => void = () => undefined;
  #state: State = 'hello';
  #builder: ConnectedBuilder | undefined;
  #builds: SessionBuilds | undefined;
  #working = 0;
  #paused = false;
  #heardAtMs: number;
  #stopTimer: () => void = () => undefined;

  constructor(
    channel: Channel,
    options: BackendSessionOptions,
    hooks: BackendHooks,
    clock: Clock = systemClock,
  ) {
    this.#channel = channel;
    this.#options = options;
    this.#hooks = hooks;
    this.#clock = clock;
    this.#handshakeTimeoutMs = options.handshakeTimeoutMs ?? 5_000;
    this.#silenceTimeoutMs = options.silenceTimeoutMs ?? 3 * options.heartbeatIntervalMs;
    this.#handshake = new BackendHandshake(options.serverId, this.#handshakeTimeoutMs, clock);
    this.#heardAtMs = clock.monotonicMs();
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#expectWithinHandshake();
    channel.onMessage((message) => this.#receive(message));
    channel.onClose((end) => this.#end(end));
  }

  /** Who is on the other side; `undefined` until welcomed. */
  get builder(): ConnectedBuilder | undefined {
    return this.#builder;
  }

  /** There may be work: claims as many jobs as the builder has room for. Call it at every NOTIFY and from a slow poll. */
  wake(): void {
    this.#builds?.claim();
  }

  /** Tells the builder to stop a build. Record it first: what the builder still sends of it is ignored or fenced. */
  cancel(build: BuildId, reason: string): void {
    this.#builds?.cancel(build, reason);
  }

  /** This backend will stop: no more offers; the builder is told, so that it is not surprised by the end. */
  drain(): void {
    this.#builds?.drain();
    if (this.#state === 'open') this.#send({ type: 'drain' });
  }

  /** Closes with a code of the table: `replaced`, `revoked`, `shutting-down`… */
  close(word: CloseWord): void {
    this.#close(word, CLOSE[word].reason);
  }

  #close(word: CloseWord, reason: string): void {
    if (this.#state === 'closed') return;
    const code = CLOSE[word].code;
    this.#channel.close(code, clipReason(reason));
    // A peer that never answers the close must not keep its builds: the session ends now.
    this.#end({ code, reason });
  }

  #note(note: SessionNote): void {
    this.#options.note?.(note);
  }

  #send(message: BackendMessage): void {
    if (this.#state === 'closed') return;
    let text: string;
    try {
      text = encodeBackendFrame(message);
    } catch (error) {
      // Our fault, which the builder must not be blamed for.
      throw new Error(`a message of type ${message.type} is not fit to be sent`, { cause: error });
    }
    this.#channel.send(text);
  }

  #expectWithinHandshake(): void {
    this.#stopTimer();
    this.#stopTimer = this.#clock.after(this.#handshakeTimeoutMs, () => this.close('handshake-timeout'));
  }

  #watchSilence(): void {
    const leftMs = this.#heardAtMs + this.#silenceTimeoutMs - this.#clock.monotonicMs();
    this.#stopTimer();
    if (leftMs <= 0) this.close('silent');
    else this.#stopTimer = this.#clock.after(leftMs, () => this.#watchSilence());
  }

  #receive(message: string | Uint8Array): void {
    if (this.#state === 'closed') return;
    this.#heardAtMs = this.#clock.monotonicMs();
    try {
      const early = this.#state !== 'open';
      this.#handle(decodeBuilderFrame(message, early ? MAX_EARLY_FRAME_BYTES : MAX_FRAME_BYTES));
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (error instanceof ProtocolViolation) {
      this.#note({ level: 'warn', event: 'refused', message: error.message });
      this.#close(error.word, error.message);
    } else {
      this.#note({ level: 'error', event: 'hook-failed', message: 'a message could not be handled', error });
      this.close('internal-error');
    }
  }

  async #track(work: () => Promise<void>): Promise<void> {
    this.#working += 1;
    if (this.#working >= BUSY_MESSAGES && !this.#paused) {
      this.#paused = true;
      this.#channel.pause?.();
    }
    if (this.#working > MAX_WAITING_MESSAGES) this.close('flooding');
    try {
      await work();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#working -= 1;
      if (this.#paused && this.#working <= BUSY_MESSAGES / 2) {
        this.#paused = false;
        this.#channel.resume?.();
      }
      this.#settle();
    }
  }

  #handle(message: BuilderMessage): void {
    if (this.#state === 'hello' && message.type === 'hello') {
      this.#state = 'proof';
      this.#send(this.#handshake.hello(message));
      this.#expectWithinHandshake();
    } else if (this.#state === 'proof' && message.type === 'proof') {
      this.#state = 'welcoming';
      this.#stopTimer();
      void this.#track(() => this.#welcome(message));
    } else if (this.#builds === undefined) {
      const known = message.type === 'hello' || message.type === 'proof';
      throw new ProtocolViolation(known ? 'unexpected-frame' : 'early-frame', message.type);
    } else this.#work(this.#builds, message);
  }

  async #welcome(message: Extract<BuilderMessage, { type: 'proof' }>): Promise<void> {
    const { key, fingerprint, capabilities, software } = this.#handshake.proof(message);
    const enrolled = await this.#hooks.findBuilder(fingerprint);
    if (enrolled === undefined) throw new ProtocolViolation('unknown-key', fingerprint);
    if (!samePublicKey(parsePublicKey(enrolled.publicKey), key)) throw new ProtocolViolation('unknown-key');
    if (!enrolled.enabled) throw new ProtocolViolation('builder-disabled');
    if (this.#state === 'closed') return;
    const builder = { id: enrolled.id, name: enrolled.name, fingerprint, capabilities, software };
    this.#builder = builder;
    await this.#hooks.welcomed(builder);
    if (this.#hasEnded()) return;
    this.#builds = new SessionBuilds({
      builder,
      hooks: this.#hooks,
      clock: this.#clock,
      schedulerKey: this.#options.schedulerKey,
      offerTimeoutMs: this.#options.offerTimeoutMs ?? 30_000,
      isOpen: () => this.#state === 'open',
      send: (answer) => this.#send(answer),
      track: (work) => this.#track(work),
      lost: (build) =>
        this.#note({ level: 'warn', event: 'lost', message: `the lease of build ${build} has ended` }),
      fault: (error) =>
        this.#note({ level: 'error', event: 'hook-failed', message: 'a job could not be offered', error }),
    });
    this.#state = 'open';
    this.#note({ level: 'info', event: 'welcomed', message: `builder ${builder.name} is connected` });
    const { heartbeatIntervalMs, leaseMs } = this.#options;
    this.#send({
      type: 'welcome',
      builder: { id: builder.id, name: builder.name },
      heartbeatIntervalMs,
      leaseMs,
    });
    this.#watchSilence();
  }

  #hasEnded(): boolean {
    return this.#state === 'closed';
  }

  #work(builds: SessionBuilds, message: BuilderMessage): void {
    switch (message.type) {
      case 'hello':
      case 'proof':
        throw new ProtocolViolation('unexpected-frame', message.type);
      case 'request':
        return builds.request(message);
      case 'accept':
        return builds.accept(message);
      case 'decline':
        return builds.decline(message);
      case 'stage':
        return builds.stage(message);
      case 'log':
        return builds.log(message);
      case 'heartbeat':
        return builds.heartbeat(message);
      case 'complete':
      case 'failed':
        return builds.result(message);
      case 'resume':
        return builds.resume(message);
      case 'drain': {
        builds.drain();
        const { builder } = this;
        if (builder !== undefined) void this.#track(async () => this.#hooks.draining?.(builder));
      }
    }
  }

  #end(end: ChannelEnd): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#stopTimer();
    const builder = this.#builder;
    if (builder === undefined) {
      this.#settle();
      return;
    }
    this.#note({ level: 'info', event: 'closed', message: `builder ${builder.name} went: ${end.code}` });
    const left = this.#builds?.end() ?? { offered: [], running: [] };
    void this.#track(() => this.#hooks.disconnected(builder, { end, ...left }));
  }

  #settle(): void {
    if (this.#state === 'closed' && this.#working === 0) this.#resolveEnded();
  }
}
