import Docker from 'dockerode';
import { describeExecutor } from '../../testing/contract.ts';
import { openDockerDriver } from './docker-driver.ts';

describeExecutor('docker', {
  open: openDockerDriver,
  async traces(dataDir) {
    const containers = await new Docker().listContainers({ all: true });
    return containers
      .filter(({ Mounts }) => Mounts.some(({ Source }) => Source.startsWith(dataDir)))
      .map(({ Id }) => `container ${Id}`);
  },
});
