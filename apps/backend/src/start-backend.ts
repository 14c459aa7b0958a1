import { BackendSession, channelOfWebSocket, type SessionNote } from '@buildsrs/protocol';
import type { Hono } from 'hono';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import { createApp } from './app.ts';
import { startLoops } from './background/start-loops.ts';
import { acceptBuilders } from './builders/accept-builders.ts';
import { builderHooks } from './builders/builder-hooks.ts';
import type { Context } from './context.ts';
import { createContext } from './create-context.ts';
import type { AppEnv } from './http/app-env.ts';
import { listen } from './http/listen.ts';
import type { BackendSettings } from './settings.ts';

/** How long what runs may still run when the backend stops. */
const DRAIN_MS = 10_000;

/** A running backend. */
export interface Backend extends AsyncDisposable {
  /** Where it listens. */
  readonly url: string;
  readonly context: Context;
  /** Stops claims, lets requests end for ten seconds, sends the builders elsewhere, writes what is counted. */
  stop(): Promise<void>;
}

/** Starts the backend: database, storage, HTTP, builders, chores. */
export async function startBackend(settings: BackendSettings, log: Logger): Promise<Backend> {
  const opened = await createContext(settings, log);
  const { context } = opened;
  let app: Hono<AppEnv> | undefined;
  await using undo = new AsyncDisposableStack();
  undo.defer(() => opened.close());
  undo.defer(() => opened.stop());
  const listening = await listen((request, env) => {
    if (app === undefined) throw new Error('a request came before the app was made');
    return app.fetch(request, env as AppEnv['Bindings']);
  }, settings);
  undo.defer(() => listening.stop({ drainMs: 0 }));
  context.address.publicUrl = settings.publicUrl ?? listening.url;
  context.address.builderUrl = settings.builderUrl ?? context.address.publicUrl;
  app = createApp(context);
  const builders = acceptBuilders(listening.server, (socket) => connect(context, socket));
  const loops = await startLoops(context, settings.database);
  // Nothing went wrong: from here on it is `stop` that ends it.
  undo.move();
  log.info({ url: listening.url, publicUrl: context.address.publicUrl }, 'backend ready');

  let stopped: Promise<void> | undefined;
  async function stopOnce(): Promise<void> {
    log.info('backend stops');
    builders.stopAccepting();
    opened.stop();
    context.connections.drain();
    const http = listening.stop({ drainMs: DRAIN_MS });
    const cut = setTimeout(() => builders.terminate(), DRAIN_MS);
    await context.connections.closeAll('shutting-down');
    // Who does not answer the close is not waited for: everything it had is given back or leased by now.
    builders.terminate();
    clearTimeout(cut);
    await http;
    await loops.ended;
    await context.downloads.flush().catch((error: unknown) => log.error({ err: error }, 'downloads lost'));
    await opened.close();
    log.info('backend stopped');
  }
  const stop = (): Promise<void> => (stopped ??= stopOnce());
  return { url: listening.url, context, stop, [Symbol.asyncDispose]: stop };
}

function connect(context: Context, socket: WebSocket): void {
  const { settings, log, connections } = context;
  const session: BackendSession = new BackendSession(
    channelOfWebSocket(socket),
    {
      serverId: context.address.publicUrl,
      leaseMs: settings.lease,
      schedulerKey: context.schedulerKey,
      heartbeatIntervalMs: Math.max(250, Math.floor(settings.lease / 3)),
      note: (note) => logNote(log, note),
    },
    builderHooks(context, () => session),
  );
  connections.add(session);
}

function logNote(log: Logger, { level, event, message, error }: SessionNote): void {
  log[level]({ event, ...(error === undefined ? {} : { err: error }) }, message);
}
