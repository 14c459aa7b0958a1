import { Client } from 'pg';

/**
 * What the database tells. `tasks`: `STATUS TARGET` when tasks for a target came to a status. `builds`: a build's id
 * when its stage, log or outcome changed. A notification is a hint to look: it can be missed while a connection is
 * made anew, so whoever listens also looks from time to time.
 */
export type Channel = 'tasks' | 'builds';

/** A running {@link listen}. */
export interface Listener extends AsyncDisposable {
  /** Resolved once the first connection listens. Later ones are made anew by themselves. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/** Waits before the first to the last try of connecting again; the last one stays. */
const RECONNECT_DELAYS_MS = [100, 500, 2_000, 5_000, 10_000] as const;

/**
 * Listens to channels over a connection of its own, and connects again when that breaks. After every connection but
 * the first `onNotification` is called once with `undefined` for each channel: something may have been missed.
 */
export function listen(
  url: string,
  channels: readonly Channel[],
  onNotification: (channel: Channel, payload: string | undefined) => void,
): Listener {
  const stop = new AbortController();
  const { promise: ready, resolve: isReady } = Promise.withResolvers<void>();
  const finished = run();

  async function run(): Promise<void> {
    let failures = 0;
    let connections = 0;
    while (!stop.signal.aborted) {
      const client = new Client({
        connectionString: url,
        application_name: 'builds.rs listener',
        keepAlive: true,
        connectionTimeoutMillis: 30_000,
      });
      const broken = new Promise<void>((resolve) => {
        client.once('error', () => resolve());
        client.once('end', () => resolve());
        stop.signal.addEventListener('abort', () => resolve(), { once: true });
      });
      client.on('notification', (message) =>
        onNotification(message.channel as Channel, message.payload ?? ''),
      );
      try {
        await client.connect();
        for (const channel of channels) await client.query(`listen ${channel}`);
        failures = 0;
        connections += 1;
        if (connections > 1) for (const channel of channels) onNotification(channel, undefined);
        isReady();
        await broken;
      } catch {
        failures += 1;
      }
      await client.end().catch(() => {});
      if (!stop.signal.aborted) await pause(failures, stop.signal);
    }
    isReady();
  }

  const close = async () => {
    stop.abort();
    await finished;
  };
  return { ready, close, [Symbol.asyncDispose]: close };
}

async function pause(failures: number, signal: AbortSignal): Promise<void> {
  const delayMs = RECONNECT_DELAYS_MS[Math.min(failures, RECONNECT_DELAYS_MS.length - 1)] as number;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, delayMs * (0.5 + Math.random()));
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
