import { EXECUTORS, type ExecutorName } from '@buildsrs/common';
import { probeDocker } from './drivers/docker/index.ts';
import { probeProcess } from './drivers/process/probe-process.ts';
import { probeSandbox } from './drivers/sandbox/index.ts';
import { probeVm, type VmOptions } from './drivers/vm/index.ts';
import type { ExecutorProbe } from './probe.ts';

/**
 * Finds out, by trying, what each executor would be on this machine, the best isolated first: what a `doctor` command
 * prints, and a program chooses from that was not told which to use.
 */
export async function probeExecutors(options: VmOptions): Promise<readonly ExecutorProbe[]> {
  const probes: ExecutorProbe[] = [];
  for (const executor of EXECUTORS) probes.push(await probeExecutor(executor, options));
  return probes;
}

/** Finds out, by trying, what one executor would be on this machine. */
export async function probeExecutor(executor: ExecutorName, options: VmOptions): Promise<ExecutorProbe> {
  switch (executor) {
    case 'docker':
      return (await probeDocker(options)).probe;
    case 'sandbox':
      return (await probeSandbox(options)).probe;
    case 'vm':
      return (await probeVm(options)).probe;
    case 'process':
      return probeProcess(options);
  }
}

/** The executor to use where none was named: the first that can run. */
export function chooseExecutor(probes: readonly ExecutorProbe[]): ExecutorName | undefined {
  return probes.find((probe) => probe.usable)?.executor;
}
