import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { Container } from 'dockerode';
import { CommandWatch } from '../../command-watch.ts';
import type { CommandEnd, StageCommand } from '../../driver.ts';
import { ExecutorError } from '../../errors.ts';
import type { BuildDisk } from '../shared/build-disk.ts';
import type { CgroupTrees } from '../shared/cgroup.ts';
import { endOfExitCode } from '../shared/command-end.ts';
import { LimitWatch } from '../shared/limit-watch.ts';
import { until } from '../shared/until.ts';
import { containerConfig, type ContainerPlace } from './container-config.ts';
import { containerEvents } from './container-events.ts';
import { demultiplex } from './demultiplex.ts';
import { taskLimits } from './task-limits.ts';

const CANCELLED: CommandEnd = { reason: 'cancelled', exitCode: null, signal: null };
/** How long the engine may take for what normally takes a second. */
const ENGINE_DEADLINE_MS = 120_000;

const statusOf = (error: unknown): number | undefined => (error as { statusCode?: number }).statusCode;

/** Kills a container; that it has ended, or is gone, is no error. */
async function killContainer(container: Container): Promise<void> {
  await container.kill({ signal: 'SIGKILL' }).catch((error: unknown) => {
    if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
  });
}

/** Removes a container, whatever it does. The engine may be at it already, or need a second try. */
export async function removeContainer(container: Container): Promise<void> {
  const gone = await until(
    async () =>
      container.remove({ force: true, v: true }).then(
        () => true,
        (error: unknown) => statusOf(error) === 404,
      ),
    ENGINE_DEADLINE_MS,
  );
  if (!gone) throw new ExecutorError(`Docker does not remove the container ${container.id.slice(0, 12)}.`);
}

/** Hands output on as it is printed, in its order, no faster than it is taken. */
async function forward(attached: Readable, command: StageCommand, watch: CommandWatch): Promise<void> {
  for await (const { stream, bytes } of demultiplex(attached)) {
    await watch.handOver(async () => command.onOutput(bytes, stream));
  }
}

/** Runs one command in a container of its own; when it returns, the container is gone and every process with it. */
export async function runInContainer(
  docker: Docker,
  command: StageCommand,
  place: ContainerPlace & { readonly disk: BuildDisk; readonly cgroups: CgroupTrees | undefined },
): Promise<CommandEnd> {
  if (command.signal.aborted) return CANCELLED;
  const container = await docker.createContainer(containerConfig(command, place));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(async () => removeContainer(container));
  const attached = (await container.attach({
    stream: true,
    stdout: true,
    stderr: true,
  })) as unknown as Readable;
  if (command.signal.aborted) return CANCELLED;
  await container.start();
  let pid: number | undefined;
  const { counted } = taskLimits(place.isolation, place.limits.processes);
  const events = containerEvents({ id: container.id, pid: () => pid }, place.cgroups, counted);
  using guards = new DisposableStack();
  const kills: Promise<void>[] = [];
  const kill = (): void => void kills.push(killContainer(container));
  const watch = guards.use(new CommandWatch(command, kill));
  const limits = guards.use(await LimitWatch.start(events, place.disk, (reason) => watch.stop(reason)));
  const reading = forward(attached, command, watch);
  // A reader that throws ends the command; its error is thrown when all is dead.
  reading.catch(kill);
  pid = (await container.inspect()).State.Pid || undefined;
  const { StatusCode } = (await container.wait()) as { StatusCode: number };
  await Promise.all(kills);
  await reading;
  if (watch.reason !== undefined) return { reason: watch.reason, exitCode: null, signal: 'SIGKILL' };
  const end = endOfExitCode(StatusCode);
  if (StatusCode === 0) return { reason: 'exited', ...end };
  const { State } = await container.inspect();
  const reason = State.OOMKilled ? 'out-of-memory' : await limits.verdict();
  return { reason: reason ?? 'exited', ...end };
}
