import { SentenceError } from '@buildsrs/common';
import { access, readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/** Whom PostgreSQL runs as; it refuses to run as root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** `undefined` unless we are root; then the user `postgres`, or `nobody`, whose name PostgreSQL can look up. */
export async function findServerUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const passwd = await readFile('/etc/passwd', 'utf8');
  for (const name of ['postgres', 'nobody']) {
    const fields = passwd
      .split('\n')
      .find((line) => line.startsWith(`${name}:`))
      ?.split(':');
    if (fields !== undefined) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new SentenceError(
    'no-server-user',
    'PostgreSQL does not run as root, and this machine has neither a user "postgres" nor "nobody"; start as another user, or give a database with --database.',
    { exitCode: 3 },
  );
}

/** How a command is started as another user. */
export interface UserCommand {
  readonly argv: readonly [string, ...string[]];
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Makes a command run as the user. Where the way to `paths` is barred to it (a clone below `/root`), the command keeps
 * one right of root's, to pass through folders; without `setpriv` that cannot be given, and is an error.
 *
 * @throws {SentenceError} `folder-out-of-reach`, exit code 3.
 */
export async function asUser(
  user: ServerUser | undefined,
  argv: readonly [string, ...string[]],
  paths: readonly string[],
): Promise<UserCommand> {
  if (user === undefined) return { argv };
  const barred = await findBarred(user, paths);
  if (barred === undefined) return { argv, ...user };
  const setpriv = await findSetpriv();
  if (setpriv === undefined) {
    throw new SentenceError(
      'folder-out-of-reach',
      `PostgreSQL does not run as root, and other users cannot pass through ${barred}; clone to another place and use another data folder, or start as another user.`,
      { exitCode: 3 },
    );
  }
  return {
    argv: [
      setpriv,
      `--reuid=${user.uid}`,
      `--regid=${user.gid}`,
      '--clear-groups',
      '--inh-caps=+dac_override',
      '--ambient-caps=+dac_override',
      '--',
      ...argv,
    ],
  };
}

/** The first folder above any of the paths that the user may not pass through. */
async function findBarred(user: ServerUser, paths: readonly string[]): Promise<string | undefined> {
  for (const file of paths) {
    for (let folder = path.dirname(path.resolve(file)); ; folder = path.dirname(folder)) {
      const { mode, uid, gid } = await stat(folder);
      const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
      if ((mode & bit) === 0) return folder;
      if (folder === path.dirname(folder)) break;
    }
  }
  return undefined;
}

async function findSetpriv(): Promise<string | undefined> {
  for (const candidate of ['/usr/bin/setpriv', '/bin/setpriv']) {
    if (
      await access(candidate).then(
        () => true,
        () => false,
      )
    )
      return candidate;
  }
  return undefined;
}
