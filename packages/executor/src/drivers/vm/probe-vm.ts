import { constants } from 'node:fs';
import { access, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from '../../files.ts';
import { probeOf, type ExecutorProbe, type IsolationLayer } from '../../probe.ts';
import { openBuildUsers, type BuildUsers } from '../shared/build-users.ts';
import { usableCgroupTrees, type CgroupTrees } from '../shared/cgroup.ts';
import { ownerToken } from '../shared/owner.ts';
import { runTool } from '../shared/run-tool.ts';
import { machineBytes, runMachine } from './run-machine.ts';
import { readVmImages, type VmImages } from './vm-images.ts';
import { DEFAULT_IMAGES, type VmAccelerator, type VmOptions } from './vm-options.ts';

/** What was found while probing, for the driver to use. */
export interface VmFindings {
  readonly probe: ExecutorProbe;
  readonly accelerator: VmAccelerator;
  readonly images: VmImages | undefined;
  readonly users: BuildUsers;
  readonly cgroups: CgroupTrees | undefined;
}

/** A processor that is really there takes a second; one that gets stuck never says so. */
const BOOT_LIMIT_MS: Readonly<Record<VmAccelerator, number>> = { kvm: 10_000, tcg: 600_000 };

type Layer = Pick<IsolationLayer, 'state' | 'detail' | 'remedy'>;

async function bootLayer(images: VmImages | undefined, accelerator: VmAccelerator): Promise<Layer> {
  if (images === undefined) return { state: 'missing', detail: 'nothing to start' };
  if (accelerator === 'kvm') {
    const rights = constants.R_OK | constants.W_OK;
    const lacking = await access('/dev/kvm', rights).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error.code ?? 'unknown',
    );
    if (lacking !== undefined)
      return {
        state: 'missing',
        detail: `/dev/kvm cannot be used (${lacking})`,
        remedy:
          'Use a machine with hardware virtualisation, or accept emulation, at ten times the time: --vm-accel tcg.',
      };
  }
  return boot(images, accelerator);
}

/** That the device is there says nothing: only a machine that was seen to start counts. */
async function boot(images: VmImages, accelerator: VmAccelerator): Promise<Layer> {
  const folder = await mkdtemp(join(tmpdir(), 'buildsrs-vm-'));
  const began = performance.now();
  try {
    const { report, complaint } = await runMachine(
      { images, accelerator },
      {
        job: { mode: 'boot' },
        memoryBytes: machineBytes(0),
        processors: 1,
        files: [],
        jobFile: join(folder, 'job.img'),
        user: undefined,
        cgroupEntries: [],
      },
      AbortSignal.timeout(BOOT_LIMIT_MS[accelerator]),
    );
    if (report?.kind === 'booted') {
      const seconds = ((performance.now() - began) / 1_000).toFixed(1);
      const how = accelerator === 'kvm' ? 'with KVM' : 'emulated';
      return { state: 'present', detail: `a machine started ${how} and stopped, in ${seconds} s` };
    }
    return unusable(accelerator, complaint);
  } catch (error) {
    return unusable(accelerator, (error as Error).message);
  } finally {
    await removeTree(folder);
  }
}

function unusable(accelerator: VmAccelerator, complaint: string): Layer {
  const said =
    complaint.split('\n').find((line) => line !== '' && !/index \d+ is available/.test(line)) ?? '';
  return {
    state: 'missing',
    detail: `a machine with ${accelerator} did not start${said === '' ? '' : ` (${said.slice(0, 200)})`}`,
    ...(accelerator === 'kvm'
      ? {
          remedy:
            'This KVM cannot run a common kernel, as in many virtual machines. Emulation can: --vm-accel tcg.',
        }
      : {}),
  };
}

async function toolsLayer(): Promise<Layer> {
  const lacking: string[] = [];
  for (const [tool, flag] of [
    ['setpriv', '--version'],
    ['prlimit', '--version'],
    ['mke2fs', '-V'],
  ] as const)
    if ((await runTool(tool, [flag])).exitCode !== 0) lacking.push(tool);
  return lacking.length === 0
    ? { state: 'present', detail: 'setpriv, prlimit, mke2fs' }
    : {
        state: 'missing',
        detail: `lacks ${lacking.join(', ')}`,
        remedy: 'Debian, Ubuntu: apt install util-linux e2fsprogs.',
      };
}

/** Finds out what the VM executor would be on this machine, by starting a machine. */
export async function probeVm(options: VmOptions): Promise<VmFindings> {
  const folder = options.vm?.images ?? DEFAULT_IMAGES;
  const accelerator = options.vm?.accelerator ?? 'kvm';
  const images = await readVmImages(folder);
  const users = openBuildUsers();
  const cgroups = await usableCgroupTrees(`${ownerToken()}.vm-probe-${process.hrtime.bigint()}`);
  const layers: IsolationLayer[] = [
    {
      name: 'machine images',
      needed: true,
      ...(images === undefined
        ? {
            state: 'missing' as const,
            detail: `none in ${folder}`,
            remedy: 'Make them: docker/vm/make.sh, as root, with a running Docker engine.',
          }
        : { state: 'present' as const, detail: `kernel ${images.kernel}, QEMU ${images.qemu}` }),
    },
    { name: 'tools', needed: true, ...(await toolsLayer()) },
    { name: 'virtual machine', needed: true, ...(await bootLayer(images, accelerator)) },
    {
      name: 'separate users',
      needed: false,
      ...(users.separate
        ? { state: 'present', detail: `QEMU runs as one from uid ${users.fetcher.uid}` }
        : {
            state: 'missing',
            detail: 'QEMU runs as this user',
            remedy: 'Run the builder as root: it gives every build a user of its own.',
          }),
    },
    {
      name: 'control groups',
      needed: false,
      ...(cgroups === undefined
        ? {
            state: 'missing',
            detail: 'not writable; QEMU itself is not limited',
            remedy: 'Run the builder as root with a writable /sys/fs/cgroup.',
          }
        : { state: 'present', detail: `version ${cgroups.version}, for QEMU itself` }),
    },
  ];
  return { probe: probeOf('vm', 'vm', layers), accelerator, images, users, cgroups };
}
