import { containersOf } from '../../testing/containers-of.ts';
import { describeExecutor } from '../../testing/contract.ts';
import { openDockerDriver } from './docker-driver.ts';

describeExecutor('docker', {
  options: { executor: 'docker' },
  open: openDockerDriver,
  traces: containersOf,
});
