import type { ExecutorDriver } from '../../driver.ts';
import type { DriverOptions } from '../../open-executor.ts';

/** Opens the process executor: no isolation, limits looked after by polling. */
export async function openProcessDriver(options: DriverOptions): Promise<ExecutorDriver> {
  throw new Error(`not yet: ${options.dataDir}`);
}
