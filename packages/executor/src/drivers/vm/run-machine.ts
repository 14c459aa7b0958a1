import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ExecutorError } from '../../errors.ts';
import { inheritedFiles } from '../shared/inherited-files.ts';
import { TOOL_PATH } from '../shared/run-tool.ts';
import { words } from '../shared/words.ts';
import { jobDisk, type MachineJob } from './machine-job.ts';
import { ControlReader, type MachineReport } from './machine-report.ts';
import { qemuArgs, type MachineDisk } from './qemu-args.ts';
import { kitCommand, type VmImages } from './vm-images.ts';
import type { VmAccelerator } from './vm-options.ts';

/** What is needed to start machines. */
export interface MachineHost {
  readonly images: VmImages;
  readonly accelerator: VmAccelerator;
}

/** One machine that is to be started. */
export interface MachineSpec {
  readonly job: MachineJob;
  /** Of the whole machine, its kernel included. */
  readonly memoryBytes: number;
  readonly processors: number;
  /** Files by disk, besides the job and the root file system. */
  readonly files: readonly {
    readonly name: 'cargo' | 'build' | 'out';
    readonly path: string;
    readonly writable: boolean;
  }[];
  /** Where the disk with the job is made. */
  readonly jobFile: string;
  /** Who QEMU runs as, where we are root. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  /** Files of control groups to enter; empty where there are none. */
  readonly cgroupEntries: readonly string[];
}

/** A machine that runs. */
interface Machine {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** True as soon as it has begun with its job, false when it ended before that. */
  readonly started: Promise<boolean>;
  /** When its process has gone. */
  readonly closed: Promise<void>;
  readonly reader: ControlReader;
  /** What QEMU complained of. */
  complaints(): string;
  /** At once, with all that is in it: nothing of a machine is on this one but its process and its files. */
  readonly kill: () => void;
}

/** What a machine came to. */
export interface MachineEnd {
  /** `undefined` when it said nothing of the kind: it was killed, or broke. */
  readonly report: MachineReport | undefined;
  /** What QEMU and the machine's kernel complained of, for an error. */
  readonly complaint: string;
}

/** How long a machine may take to begin, until it counts as one that never will. Emulators wait for their turn. */
export const START_LIMIT_MS: Readonly<Record<VmAccelerator, number>> = { kvm: 60_000, tcg: 600_000 };
const START_TRIES = 2;
/** How long one that has said how it ended may take to turn off. */
const OFF_LIMIT_MS = 30_000;
/** What a machine's own kernel takes, unpacked first process and page tables included. */
const KERNEL_BYTES = 192 * 1024 ** 2;
/** Where the descriptors of a machine begin: control, stdout, stderr. */
const FIRST_FD = 3;
/** Of what QEMU prints. */
const COMPLAINT_BYTES = 4_096;
const ENTER_GROUPS = 'for group in $1; do echo 0 > "$group"; done; shift; exec "$@"';

/** The memory of a machine in which a command may use `memoryBytes`. */
export function machineBytes(memoryBytes: number): number {
  return memoryBytes + KERNEL_BYTES;
}

/** Opens the files of the disks, and says at which descriptors of the child they will be, beginning at `first`. */
async function openDisks(host: MachineHost, spec: MachineSpec, first: number, kept: AsyncDisposableStack) {
  const opened: number[] = [];
  const add = async (path: string, flags: number): Promise<number> => {
    const handle = kept.use(await open(path, flags));
    opened.push(handle.fd);
    return first + opened.length - 1;
  };
  const disks: MachineDisk[] = [
    { name: 'job', fds: [await add(spec.jobFile, constants.O_RDONLY)] },
    { name: 'root', fds: [await add(join(host.images.folder, 'root.erofs'), constants.O_RDONLY)] },
  ];
  for (const { name, path, writable } of spec.files) {
    const reading = await add(path, constants.O_RDONLY);
    disks.push({ name, fds: writable ? [reading, await add(path, constants.O_RDWR)] : [reading] });
  }
  const kvmFd = host.accelerator === 'kvm' ? await add('/dev/kvm', constants.O_RDWR) : undefined;
  return { disks, kvmFd, opened };
}

function launchArgv(spec: MachineSpec, qemu: readonly string[]): [string, ...string[]] {
  const { user } = spec;
  const drop = user === undefined ? '' : `--reuid=${user.uid} --regid=${user.gid} --clear-groups`;
  // A builder that is killed takes its machines along.
  const bounds = words(`prlimit --core=0 -- setpriv --no-new-privs --pdeathsig KILL ${drop} --`);
  return ['sh', '-c', ENTER_GROUPS, 'launch', spec.cgroupEntries.join(' '), ...bounds, ...qemu];
}

function watchControl(child: ChildProcess, reader: ControlReader): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const control = child.stdio[FIRST_FD] as Readable;
  control.on('data', (chunk: Buffer) => {
    reader.push(chunk);
    if (reader.started) resolve(true);
  });
  child.once('close', () => resolve(reader.started));
  return promise;
}

/** Starts a machine. The caller reads what it prints, to the end. */
async function startMachine(host: MachineHost, spec: MachineSpec): Promise<Machine> {
  const token = randomBytes(16).toString('hex');
  await using kept = new AsyncDisposableStack();
  await writeFile(spec.jobFile, jobDisk(spec.job, token), { mode: 0o600 });
  const { disks, kvmFd, opened } = await openDisks(host, spec, FIRST_FD + 3, kept);
  const nothing = kept.use(await open('/dev/null', constants.O_RDONLY));
  const stdio: ('ignore' | 'pipe' | number)[] = [
    'ignore',
    'ignore',
    'pipe',
    'pipe',
    'pipe',
    'pipe',
    ...opened,
  ];
  // What whoever started us left open is no business of QEMU.
  for (const fd of inheritedFiles()) if (fd >= FIRST_FD + 3 + opened.length) stdio[fd] = nothing.fd;
  const qemu = qemuArgs({
    images: host.images.folder,
    accelerator: host.accelerator,
    kvmFd,
    memoryBytes: spec.memoryBytes,
    processors: spec.processors,
    disks,
    fds: { control: FIRST_FD, stdout: FIRST_FD + 1, stderr: FIRST_FD + 2 },
  });
  const [program, ...args] = launchArgv(spec, [...kitCommand(host.images, 'qemu-system-x86_64'), ...qemu]);
  const child = spawn(program, args, {
    env: { PATH: TOOL_PATH },
    cwd: '/',
    // A session of its own: a Ctrl-C at our terminal is ours to handle.
    detached: true,
    stdio: Array.from(stdio, (entry) => entry ?? 'ignore'),
  });
  const closed = new Promise<void>((resolve) => void child.once('close', () => resolve()));
  const reader = new ControlReader(token);
  const started = watchControl(child, reader);
  let complaints = '';
  (child.stderr as Readable).on('data', (chunk: Buffer) => {
    complaints = `${complaints}${chunk.toString()}`.slice(-COMPLAINT_BYTES);
  });
  await spawned(child);
  return {
    stdout: child.stdio[FIRST_FD + 1] as Readable,
    stderr: child.stdio[FIRST_FD + 2] as Readable,
    started,
    closed,
    reader,
    complaints: () => complaints.trim(),
    // Not by its number, which may be another's once it has ended.
    kill: () => void child.kill('SIGKILL'),
  };
}

async function spawned(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.once('spawn', () => resolve());
  child.once('error', (error) => reject(new ExecutorError(`A machine cannot be started: ${error.message}`)));
  await promise;
}

/**
 * Starts a machine, hands it to `attend` when it has begun with its job, and comes back when its process is gone.
 * `attend` takes what it prints; when it throws, the machine is killed and its error thrown on. One that does not begin is
 * tried again.
 *
 * @throws {ExecutorError} when none begins, and nobody aborted it.
 */
export async function runMachine(
  host: MachineHost,
  spec: MachineSpec,
  signal?: AbortSignal,
  attend: (machine: Pick<Machine, 'stdout' | 'stderr' | 'kill'>) => Promise<void> = drain,
): Promise<MachineEnd> {
  for (let left = START_TRIES; ; left -= 1) {
    const { started, ...end } = await attendMachine(host, spec, signal, attend);
    if (started || signal?.aborted === true) return end;
    if (left === 1) throw new ExecutorError(`A machine did not start: ${end.complaint}`);
  }
}

async function attendMachine(
  host: MachineHost,
  spec: MachineSpec,
  signal: AbortSignal | undefined,
  attend: (machine: Pick<Machine, 'stdout' | 'stderr' | 'kill'>) => Promise<void>,
): Promise<MachineEnd & { readonly started: boolean }> {
  const machine = await startMachine(host, spec);
  const { kill, reader } = machine;
  signal?.addEventListener('abort', kill);
  if (signal?.aborted === true) kill();
  const startLimit = setTimeout(kill, START_LIMIT_MS[host.accelerator]);
  let offLimit: NodeJS.Timeout | undefined;
  try {
    const started = await machine.started;
    clearTimeout(startLimit);
    reader.whenReported(() => (offLimit ??= setTimeout(kill, OFF_LIMIT_MS)));
    const attending = started ? attend(machine) : drain(machine);
    attending.catch(kill);
    await machine.closed;
    await attending;
    const complaint = `${machine.complaints()}\n${reader.tail}`.trim();
    return { started, report: reader.report, complaint };
  } finally {
    clearTimeout(startLimit);
    clearTimeout(offLimit);
    signal?.removeEventListener('abort', kill);
  }
}

async function drain(machine: Pick<Machine, 'stdout' | 'stderr'>): Promise<void> {
  machine.stdout.resume();
  machine.stderr.resume();
}
