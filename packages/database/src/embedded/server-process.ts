import { spawn, type ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { asUser, type ServerUser } from './server-user.ts';

/** A running `postgres`. */
export interface ServerProcess {
  /** Settled when it has ended, for whatever reason. */
  readonly exited: Promise<void>;
  readonly hasExited: () => boolean;
  /** Ends every session and stops it; does not wait for clients. */
  stop(): Promise<void>;
}

/**
 * Starts the server and a shell that watches over it: when the other end of the pipe at descriptor 3 closes, because we
 * close it or because we are killed, the server is told to stop. Nothing is left behind.
 */
const WATCH =
  '"$@" 3<&- & server=$!; { read -r _ <&3; kill -INT $server; } & watch=$!; wait $server; kill $watch';

/** Starts `postgres` on a cluster; its messages go to the file `logFd`. */
export async function startServerProcess(options: {
  readonly postgres: string;
  readonly cluster: string;
  readonly user: ServerUser | undefined;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly logFd: number;
}): Promise<ServerProcess> {
  const settings = {
    port: String(options.port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ...options.settings,
  };
  const command = await asUser(
    options.user,
    [
      options.postgres,
      '-D',
      options.cluster,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    [options.cluster, options.postgres],
  );
  const isWindows = process.platform === 'win32';
  const [program, ...args] = command.argv;
  const child = spawn(
    isWindows ? program : '/bin/sh',
    isWindows ? args : ['-c', WATCH, 'sh', program, ...args],
    {
      cwd: '/',
      ...(command.uid === undefined ? {} : { uid: command.uid, gid: command.gid }),
      detached: true,
      stdio: ['ignore', options.logFd, options.logFd, 'pipe'],
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    },
  );
  return watch(child);
}

function watch(child: ChildProcess): ServerProcess {
  let hasExited = false;
  const { promise: exited, resolve } = Promise.withResolvers<void>();
  child.once('exit', resolve).once('error', () => resolve());
  void exited.then(() => (hasExited = true));
  const pipe = child.stdio[3] as Writable;
  pipe.on('error', () => {});
  return {
    exited,
    hasExited: () => hasExited,
    async stop() {
      if (process.platform === 'win32') child.kill();
      pipe.end();
      pipe.destroy();
      const late = new AbortController();
      const force = sleep(30_000, undefined, { signal: late.signal, ref: false }).then(
        () => process.kill(-(child.pid as number), 'SIGQUIT'),
        () => {},
      );
      await exited;
      late.abort();
      await force;
    },
  };
}
