import type { BuildId, Failure, Job, JobResult, Stage } from '@buildsrs/common';
import { readChallenge } from './challenge.ts';
import type { Channel, ChannelEnd } from './channel.ts';
import { systemClock, type Clock } from './clock.ts';
import { CLOSE, clipReason, closeWordOf, ProtocolViolation, type CloseWord } from './close-codes.ts';
import { decodeBackendFrame, encodeBuilderFrame } from './frame.ts';
import { verifyJob } from './job-signature.ts';
import { AUTH_NAMESPACE, PROTOCOL_VERSION } from './limits.ts';
import type { BackendMessage, BuilderMessage, Capabilities } from './messages.ts';
import { fingerprintOf, formatPublicKey, signSshsig, type BuilderKey, type PublicKey } from './ssh/index.ts';

const VALID = { valid: true } as const;

type MessageOf<Type extends BackendMessage['type']> = Extract<BackendMessage, { type: Type }>;

/** How a session ended, and whether connecting again can go better. */
export interface SessionEnd extends ChannelEnd {
  /** `undefined` for a code that is not of this protocol: the connection broke, or a proxy closed it. */
  readonly word: CloseWord | undefined;
  readonly reconnect: boolean;
}

/** What a builder does with what it hears. Each is called in the order of the messages, and none after `closed`. */
export interface BuilderHooks {
  welcomed(welcome: MessageOf<'welcome'>): void;
  /** Answer with `accept` or `decline`, within 30 s. */
  offered(job: Job): void;
  /** A job was declined for its signature; it must not run. Never called without a `schedulerKey`. */
  refused?(job: Job, reason: string): void;
  /** Leases that go on. Those left out are told of by `lost`. */
  renewed(message: MessageOf<'renewed'>): void;
  /** The lease has ended: stop the build, its result is worth nothing. May name builds that are gone already. */
  lost(build: BuildId): void;
  /** Stop the build, then `decline` it. */
  cancelled(build: BuildId, reason: string): void;
  resumed(message: MessageOf<'resumed'>): void;
  logged(message: MessageOf<'logged'>): void;
  /** The result is settled; forget the build. */
  done(message: MessageOf<'done'>): void;
  /** The backend will stop. Go on; the connection ends soon, and the next reaches another. */
  draining(): void;
  closed(end: SessionEnd): void;
  /** The builds to name in a heartbeat: accepted or resumed here, and not `done`, `lost` or declined. */
  builds(): readonly BuildId[];
}

export interface BuilderSessionOptions {
  readonly key: BuilderKey;
  readonly capabilities: Capabilities;
  /** Name and version of the program. */
  readonly software: string;
  /** The backend's id (its public base URL); a challenge of another server is not signed. Any, where left out. */
  readonly expectServer?: string;
  /** The scheduler's key: jobs it did not sign, exactly as they are, are declined and never offered to the hooks. */
  readonly schedulerKey?: PublicKey;
  /** Until the challenge and again until the welcome. 30 s. */
  readonly handshakeTimeoutMs?: number;
}

/** The builder's side of one connection: proves the key, keeps the heartbeat, checks every message. */
export class BuilderSession {
  readonly #channel: Channel;
  readonly #options: BuilderSessionOptions;
  readonly #hooks: BuilderHooks;
  readonly #clock: Clock;
  #state: 'challenge' | 'welcome' | 'open' | 'closed' = 'challenge';
  #stopTimer: () => void = () => undefined;
  #heartbeatIntervalMs = 0;
  #awaitingAnswer = false;
  #stopAwaiting: () => void = () => undefined;

  constructor(
    channel: Channel,
    options: BuilderSessionOptions,
    hooks: BuilderHooks,
    clock: Clock = systemClock,
  ) {
    this.#channel = channel;
    this.#options = options;
    this.#hooks = hooks;
    this.#clock = clock;
    channel.onMessage((message) => this.#receive(message));
    channel.onClose((end) => this.#end(end));
    this.#send({
      type: 'hello',
      protocol: PROTOCOL_VERSION,
      fingerprint: fingerprintOf(options.key.publicKey),
      publicKey: formatPublicKey({ ...options.key.publicKey, comment: '' }),
      capabilities: options.capabilities,
      software: options.software,
    });
    this.#expectHandshake();
  }

  /** How many builds to have at once, those offered and running counted; 0 stops offers, with a reason for people. */
  request(slots: number, reason?: string): void {
    this.#send({ type: 'request', slots, ...(reason === undefined ? {} : { reason: reason.slice(0, 256) }) });
  }

  accept(build: BuildId): void {
    this.#send({ type: 'accept', build });
  }

  /** Declines an offer, gives a running build back, or confirms that a cancelled one has stopped. */
  decline(build: BuildId, reason: string): void {
    this.#send({ type: 'decline', build, reason: reason.slice(0, 1_024) });
  }

  stage(build: BuildId, stage: Stage): void {
    this.#send({ type: 'stage', build, stage });
  }

  /** At most 64 KiB, and within the window: see `LogSender`. */
  log(build: BuildId, offset: number, bytes: Uint8Array): void {
    this.#send({ type: 'log', build, offset, data: Buffer.from(bytes).toString('base64') });
  }

  /** @throws {ProtocolViolation} `too-large` for a result that does not fit into a message. */
  complete(build: BuildId, token: string, result: JobResult): void {
    this.#send({ type: 'complete', build, token, result });
  }

  failed(build: BuildId, token: string, failure: Failure): void {
    this.#send({ type: 'failed', build, token, failure });
  }

  resume(build: BuildId, token: string): void {
    this.#send({ type: 'resume', build, token });
  }

  /** Tells that this builder will go and takes no more offers. */
  drain(): void {
    this.#send({ type: 'drain' });
  }

  close(word: CloseWord = 'going-away'): void {
    this.#close(word, CLOSE[word].reason);
  }

  #close(word: CloseWord, reason: string): void {
    if (this.#state === 'closed') return;
    const { code } = CLOSE[word];
    this.#channel.close(code, clipReason(reason));
    this.#end({ code, reason });
  }

  #send(message: BuilderMessage): void {
    if (this.#state !== 'closed') this.#channel.send(encodeBuilderFrame(message));
  }

  #expectHandshake(): void {
    this.#stopTimer();
    const timeoutMs = this.#options.handshakeTimeoutMs ?? 30_000;
    this.#stopTimer = this.#clock.after(timeoutMs, () => this.close('handshake-timeout'));
  }

  #receive(text: string | Uint8Array): void {
    if (this.#state === 'closed') return;
    this.#heard();
    try {
      const message = decodeBackendFrame(text);
      if (this.#state === 'open') this.#work(message);
      else this.#shake(message);
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.#close(error.word, error.message);
    }
  }

  #shake(message: BackendMessage): void {
    if (this.#state === 'challenge' && message.type === 'challenge') {
      const challenge = Buffer.from(message.challenge, 'base64');
      const facts = readChallenge(challenge);
      const expected = this.#options.expectServer;
      if (facts === undefined || (expected !== undefined && facts.serverId !== expected)) {
        throw new ProtocolViolation('bad-challenge');
      }
      this.#state = 'welcome';
      this.#expectHandshake();
      this.#send({ type: 'proof', signature: signSshsig(this.#options.key, AUTH_NAMESPACE, challenge) });
    } else if (this.#state === 'welcome' && message.type === 'welcome') {
      this.#state = 'open';
      this.#heartbeatIntervalMs = message.heartbeatIntervalMs;
      this.#stopTimer();
      this.#scheduleHeartbeat();
      this.#hooks.welcomed(message);
    } else throw new ProtocolViolation('early-frame', message.type);
  }

  #work(message: BackendMessage): void {
    switch (message.type) {
      case 'challenge':
      case 'welcome':
        throw new ProtocolViolation('unexpected-frame', message.type);
      case 'offer':
        return this.#offered(message);
      case 'renewed':
        return this.#hooks.renewed(message);
      case 'lost':
        return this.#hooks.lost(message.build);
      case 'cancel':
        return this.#hooks.cancelled(message.build, message.reason);
      case 'resumed':
        return this.#hooks.resumed(message);
      case 'logged':
        return this.#hooks.logged(message);
      case 'done':
        return this.#hooks.done(message);
      case 'drain':
        return this.#hooks.draining();
    }
  }

  #offered({ job, signature }: MessageOf<'offer'>): void {
    const { schedulerKey } = this.#options;
    const verdict = schedulerKey === undefined ? VALID : verifyJob(schedulerKey, job, signature);
    if (verdict.valid) {
      this.#hooks.offered(job);
      return;
    }
    this.decline(job.build, `the pinned scheduler did not sign this job: ${verdict.reason}`);
    this.#hooks.refused?.(job, verdict.reason);
  }

  #scheduleHeartbeat(): void {
    this.#stopTimer = this.#clock.after(this.#heartbeatIntervalMs, () => {
      this.#send({ type: 'heartbeat', builds: [...this.#hooks.builds()] });
      if (!this.#awaitingAnswer) this.#awaitAnswer();
      this.#scheduleHeartbeat();
    });
  }

  /**
   * A heartbeat is always answered. Without an answer the other end is gone, whatever TCP believes; noticed early enough
   * to resume on a new connection before the leases end.
   */
  #awaitAnswer(): void {
    this.#awaitingAnswer = true;
    this.#stopAwaiting = this.#clock.after(1.25 * this.#heartbeatIntervalMs, () => {
      // After a standstill of this process the answer may be here, unread: it is read before this second timer.
      this.#stopAwaiting = this.#clock.after(this.#heartbeatIntervalMs / 20, () => this.close('silent'));
    });
  }

  /** Whatever comes shows that the other end is there. */
  #heard(): void {
    this.#stopAwaiting();
    this.#awaitingAnswer = false;
  }

  #end(end: ChannelEnd): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#stopTimer();
    this.#stopAwaiting();
    const word = closeWordOf(end.code);
    this.#hooks.closed({ ...end, word, reconnect: word === undefined ? true : CLOSE[word].reconnect });
  }
}
