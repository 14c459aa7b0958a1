import { SentenceError } from '@buildsrs/common';
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProgramMessages } from './program-messages.ts';

/** How a program ended: `code` is `null` when a signal ended it. */
export interface ProgramEnd {
  readonly code: number | null;
}

/** One of our programs, running as a process of its own. Disposing of it asks it to stop, and ends it when it does not. */
export interface Program extends AsyncDisposable {
  readonly name: string;
  /** The line of JSON it prints when it is ready. */
  readonly ready: Promise<Readonly<Record<string, unknown>>>;
  readonly ended: Promise<ProgramEnd>;
  /** Lines it printed to standard output. */
  readonly output: readonly string[];
  /** Why it ended, as a sentence for people. */
  endError(): SentenceError;
}

/** What to start. */
export interface ProgramOptions {
  /** The app's folder name: `backend`. */
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The signal that asks it to stop. */
  readonly stopSignal: 'INT' | 'TERM';
  /** Where its log goes, to `NAME.log`. */
  readonly logDir: string;
  /** Told of the messages of its log. */
  readonly onMessage?: (message: string) => void;
}

const APPS = path.resolve(import.meta.dirname, '../../..');

/**
 * A shell that watches over the program: when the other end of the pipe at descriptor 3 closes, because we close it or
 * because we are killed, the program is asked to stop. Nothing is left behind.
 */
const WATCH =
  'signal=$1; shift; "$@" 3<&- & program=$!; { read -r _ <&3; kill -"$signal" $program; } & watch=$!; wait $program; code=$?; kill $watch 2>/dev/null; exit $code';

/** How long a program may take to stop: a backend waits ten seconds for requests that run. */
const STOP_DEADLINE_MS = 30_000;

/** Starts an app of this repository. It is in a process group of its own: Ctrl-C in the terminal is ours to answer. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const logFile = path.join(options.logDir, `${options.name}.log`);
  await mkdir(options.logDir, { recursive: true });
  await rename(logFile, `${logFile}.1`).catch(() => {});
  const main = path.join(APPS, options.name, 'src', 'main.ts');
  const command = [process.execPath, main, ...options.args];
  const isWindows = process.platform === 'win32';
  const child = isWindows
    ? spawn(process.execPath, command.slice(1), spawnOptions(options.env))
    : spawn('/bin/sh', ['-c', WATCH, 'sh', options.stopSignal, ...command], spawnOptions(options.env));
  const pipe = child.stdio[3] as Writable;
  pipe.on('error', () => {});

  const messages = new ProgramMessages(options.onMessage);
  const log = createWriteStream(logFile);
  const stderr = child.stdio[2] as Readable;
  stderr.pipe(log);
  createInterface({ input: stderr }).on('line', (line) => messages.push(line));

  const output: string[] = [];
  const {
    promise: ready,
    resolve: isReady,
    reject: isNotReady,
  } = Promise.withResolvers<Readonly<Record<string, unknown>>>();
  // It may end before anybody waits for it to be ready.
  ready.catch(() => {});
  createInterface({ input: child.stdio[1] as Readable }).on('line', (line) => {
    output.push(line);
    const value = readyLine(line);
    if (value !== undefined) isReady(value);
  });

  const { promise: ended, resolve: hasEnded } = Promise.withResolvers<ProgramEnd>();
  let end: ProgramEnd | undefined;
  const endError = () => messages.endError(options.name, end?.code ?? null, logFile);
  child.once('error', (error) => messages.push(error.message));
  child.once('close', (code) => {
    end = { code };
    isNotReady(endError());
    hasEnded(end);
  });

  const stop = async () => {
    if (isWindows) child.kill();
    pipe.destroy();
    const late = new AbortController();
    const force = sleep(STOP_DEADLINE_MS, undefined, { signal: late.signal, ref: false }).then(
      () => killGroup(child.pid),
      () => {},
    );
    await ended;
    late.abort();
    await force;
  };
  return { name: options.name, ready, ended, output, endError, [Symbol.asyncDispose]: stop };
}

function spawnOptions(env: ProgramOptions['env']) {
  return {
    detached: true,
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe', 'pipe'],
  };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}

function readyLine(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'ready' in value && value.ready === true
      ? { ...value }
      : undefined;
  } catch {
    return undefined;
  }
}
