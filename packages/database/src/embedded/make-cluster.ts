import { SentenceError } from '@buildsrs/common';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { asUser, type ServerUser } from './server-user.ts';

/** The superuser of our own servers. */
export const SERVER_ROLE = 'buildsrs';

/** The files of a server. */
export interface Cluster {
  /** PostgreSQL's data directory. */
  readonly directory: string;
  readonly password: string;
}

/**
 * Finds the files of a server below a folder, or makes them. They are made aside and then moved into place, so that one
 * that was interrupted is begun anew.
 */
export async function makeCluster(options: {
  readonly folder: string;
  readonly initdb: string;
  readonly user: ServerUser | undefined;
  /** Whether to wait until all of it is on the disk. */
  readonly sync: boolean;
}): Promise<Cluster> {
  const { folder, user } = options;
  const directory = path.join(folder, 'cluster');
  const passwordFile = path.join(folder, 'password');
  if (await exists(directory)) return { directory, password: (await readFile(passwordFile, 'utf8')).trim() };
  const fresh = path.join(folder, 'cluster.new');
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  const password = randomBytes(24).toString('base64url');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user !== undefined) {
    await chown(fresh, user.uid, user.gid);
    await chown(passwordFile, user.uid, user.gid);
  }
  await run(
    await asUser(
      user,
      [
        options.initdb,
        `--pgdata=${fresh}`,
        `--username=${SERVER_ROLE}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--no-instructions',
        ...(options.sync ? [] : ['--no-sync']),
      ],
      [fresh, options.initdb],
    ),
    folder,
  );
  await rename(fresh, directory);
  return { directory, password };
}

async function run(command: Awaited<ReturnType<typeof asUser>>, cwd: string): Promise<void> {
  const [program, ...args] = command.argv;
  const child = spawn(program, args, {
    cwd: command.uid === undefined ? cwd : '/',
    ...(command.uid === undefined ? {} : { uid: command.uid, gid: command.gid }),
    // Apart from us, so that Ctrl-C in the terminal is ours to answer.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-4_000)));
  }
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject).once('close', resolve);
  const code = await promise.catch((error: unknown) => String(error));
  if (code === 0) return;
  throw new SentenceError(
    'database-not-made',
    `PostgreSQL could not make its files in ${cwd}: ${output.trim().split('\n').at(-1) ?? code}`,
    { exitCode: 3 },
  );
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}
