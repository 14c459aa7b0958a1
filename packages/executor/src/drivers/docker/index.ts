export { openDockerDriver } from './docker-driver.ts';
export type { DockerOptions } from './docker-options.ts';
export { probeDocker } from './probe-docker.ts';
