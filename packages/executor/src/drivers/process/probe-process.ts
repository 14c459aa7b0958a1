import { SentenceError } from '@buildsrs/common';
import type { DriverOptions } from '../../open-executor.ts';
import { probeOf, type ExecutorProbe, type IsolationLayer } from '../../probe.ts';
import { findToolchain } from './find-toolchain.ts';

/** Finds out whether the process executor can run here. It isolates nothing, so there is little to find. */
export async function probeProcess(options: DriverOptions): Promise<ExecutorProbe> {
  const toolchain: IsolationLayer = await findToolchain(options.environment).then(
    ({ sysroot }) => ({ name: 'toolchain', state: 'present', needed: true, detail: sysroot }),
    (error: unknown) => {
      if (!SentenceError.is(error)) throw error;
      return { name: 'toolchain', state: 'missing', needed: true, detail: error.message };
    },
  );
  return probeOf('process', 'none', [toolchain]);
}
