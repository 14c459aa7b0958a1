import { SentenceError } from '@buildsrs/common';
import Docker from 'dockerode';

/** Connects to the engine `DOCKER_HOST` names, or the machine's own. */
export function connectDocker(environment: Readonly<Record<string, string | undefined>>): Docker {
  const host = environment['DOCKER_HOST'];
  if (host === undefined || host === '') return new Docker();
  if (host.startsWith('unix://')) return new Docker({ socketPath: host.slice('unix://'.length) });
  throw new SentenceError(
    'docker-remote',
    `DOCKER_HOST is ${host}; the docker executor mounts folders of this machine and needs an engine on it (unix://…).`,
    { exitCode: 3 },
  );
}
