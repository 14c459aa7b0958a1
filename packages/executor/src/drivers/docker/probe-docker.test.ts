import { expect, it } from 'vitest';
import { unusableError } from '../../probe.ts';
import { probeDocker } from './probe-docker.ts';

it.each([
  ['unix:///nowhere/docker.sock', /no engine answers/],
  ['tcp://10.0.0.1:2375', /needs an engine on it/],
])('says in a sentence why %s is of no use', async (DOCKER_HOST, reason) => {
  const { probe, docker } = await probeDocker({ dataDir: '/tmp', environment: { DOCKER_HOST } });
  expect(docker === undefined || !probe.usable).toBe(true);
  expect(probe).toMatchObject({ usable: false, safe: false });
  const error = unusableError(probe);
  expect(error.exitCode).toBe(3);
  expect(error.message).toMatch(reason);
  expect(error.message).toContain('--executor sandbox');
});
