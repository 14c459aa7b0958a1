import Docker from 'dockerode';

/** The containers on this machine that have something of a data folder mounted, by name. */
export async function containersOf(dataDir: string): Promise<string[]> {
  const containers = await new Docker().listContainers({ all: true });
  return containers
    .filter(({ Mounts }) => Mounts.some(({ Source }) => Source.startsWith(dataDir)))
    .map(({ Id }) => `container ${Id}`);
}
