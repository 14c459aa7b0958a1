import { containersOf } from '../../testing/containers-of.ts';
import { describeExecutor } from '../../testing/contract.ts';
import { openDockerDriver } from './docker-driver.ts';

const docker = { runtime: 'runsc' };

describeExecutor('docker with runsc', {
  options: { executor: 'docker', docker },
  open: async (options) => openDockerDriver({ ...options, docker }),
  traces: containersOf,
});
