import type { ExecutorName } from '@buildsrs/common';
import { access, constants, stat } from 'node:fs/promises';
import path from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The executors worth trying on this machine, best isolated first. Only what is plainly missing is left out here; whether
 * the others really work is found out by the builder, which refuses to start with one that does not.
 */
export async function candidateExecutors(environment: Environment): Promise<ExecutorName[]> {
  const [docker, bubblewrap] = await Promise.all([hasDocker(environment), isOnPath('bwrap', environment)]);
  return [
    ...(docker ? (['docker'] as const) : []),
    ...(bubblewrap && process.platform === 'linux' ? (['sandbox'] as const) : []),
    'process',
  ];
}

async function hasDocker(environment: Environment): Promise<boolean> {
  const host = environment['DOCKER_HOST'];
  if (host !== undefined && host !== '' && !host.startsWith('unix://')) return true;
  const socket = host?.slice('unix://'.length) || '/var/run/docker.sock';
  return await stat(socket).then(
    (entry) => entry.isSocket(),
    () => false,
  );
}

async function isOnPath(program: string, environment: Environment): Promise<boolean> {
  for (const folder of (environment['PATH'] ?? '').split(path.delimiter)) {
    const isThere = await access(path.join(folder, program), constants.X_OK).then(
      () => folder !== '',
      () => false,
    );
    if (isThere) return true;
  }
  return false;
}
