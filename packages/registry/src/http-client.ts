import { SentenceError } from '@buildsrs/common';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a registry is asked. */
export interface HttpClientOptions {
  /** Registries want to know who asks and whom to write to (crates.io's data-access policy). */
  readonly userAgent?: string;
  /** Of one attempt, the body with it. */
  readonly timeoutMs?: number;
  /** How often at most. */
  readonly attempts?: number;
  /** The first pause between attempts; each is twice the one before, at most {@link maxDelayMs}. */
  readonly baseDelayMs?: number;
  readonly maxDelayMs?: number;
}

/** One question; `read` is part of the attempt, so that a body that breaks off is asked for again. */
export interface HttpQuestion<T> {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly read: (response: Response) => Promise<T>;
}

const DEFAULTS: Required<HttpClientOptions> = {
  userAgent: 'buildsrs/0.1 (a build service for crates)',
  timeoutMs: 60_000,
  attempts: 4,
  baseDelayMs: 500,
  maxDelayMs: 30_000,
};

/** Answers after which the same question may go better: too many requests, and faults of servers. */
const RETRYABLE = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Milliseconds of a `Retry-After` header: seconds or a date (RFC 9110 §10.2.3); `undefined` when it has neither. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

function causeCode(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return error instanceof Error && error.name === 'TimeoutError'
    ? 'no answer in time'
    : 'the connection broke';
}

function unreachable(host: string, error: unknown): SentenceError {
  const code = causeCode(error);
  const certificate = /CERT|ISSUER|SELF_SIGNED|LEAF_SIGNATURE/.test(code);
  return new SentenceError(
    'registry-unreachable',
    certificate
      ? `The registry ${host} answers with a certificate that is not trusted here (${code}). Behind a TLS proxy, name its certificate in NODE_EXTRA_CA_CERTS.`
      : `The registry ${host} cannot be reached (${code}). Check the network, or name another registry with --registry.`,
    { cause: error },
  );
}

/** Asks registries: politely named, with deadlines, and again after a pause when it may help. */
export class HttpClient {
  readonly #options: Required<HttpClientOptions>;

  constructor(options: HttpClientOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /**
   * Asks until there is an answer worth having, at most as often as the options say.
   *
   * @throws {SentenceError} `registry-unreachable`, or `registry-error` for an answer that stays a server's fault.
   */
  async ask<T>(question: HttpQuestion<T>): Promise<T> {
    const { attempts, baseDelayMs, maxDelayMs } = this.#options;
    const host = new URL(question.url).host;
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt >= attempts;
      const backOffMs = Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
      let pauseMs = backOffMs;
      try {
        const response = await this.#send(question);
        if (!RETRYABLE.has(response.status)) return await question.read(response);
        await response.body?.cancel();
        if (last) {
          throw new SentenceError(
            'registry-error',
            `The registry ${host} answers with status ${response.status}. It may be overloaded; try again later.`,
          );
        }
        pauseMs = Math.min(
          maxDelayMs,
          retryAfterMs(response.headers.get('retry-after'), Date.now()) ?? backOffMs,
        );
      } catch (error) {
        question.signal?.throwIfAborted();
        if (SentenceError.is(error)) throw error;
        if (last) throw unreachable(host, error);
      }
      await sleep(pauseMs, undefined, { signal: question.signal });
    }
  }

  async #send(question: HttpQuestion<unknown>): Promise<Response> {
    const timeout = AbortSignal.timeout(this.#options.timeoutMs);
    return await fetch(question.url, {
      headers: { 'user-agent': this.#options.userAgent, ...question.headers },
      signal: question.signal === undefined ? timeout : AbortSignal.any([question.signal, timeout]),
    });
  }
}
