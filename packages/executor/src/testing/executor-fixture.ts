import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SentenceError, type ExecutorName } from '@buildsrs/common';
import type { TestContext } from 'vitest';
import type { ExecutorDriver } from '../driver.ts';
import { caBundleOf, openExecutor, type ExecutorOptions } from '../open-executor.ts';
import { lacks } from './needs.ts';

/** An executor in a data folder of its own; disposing of it removes the folder. */
export class ExecutorFixture implements AsyncDisposable {
  readonly dataDir: string;
  readonly #driver: ExecutorDriver | SentenceError;

  private constructor(dataDir: string, driver: ExecutorDriver | SentenceError) {
    this.dataDir = dataDir;
    this.#driver = driver;
  }

  /** Opens an executor, or keeps what this machine lacks for it. */
  static async open(
    executor: ExecutorName,
    more: Pick<ExecutorOptions, 'sandbox'> = {},
  ): Promise<ExecutorFixture> {
    const dataDir = await mkdtemp(join(tmpdir(), 'buildsrs-executor-'));
    const environment = process.env;
    const caBundle = caBundleOf(undefined, environment);
    try {
      const options = { executor, dataDir, allowUnsandboxed: true, environment, caBundle, ...more };
      return new ExecutorFixture(dataDir, await openExecutor(options));
    } catch (error) {
      if (!SentenceError.is(error) || error.exitCode !== 3) throw error;
      return new ExecutorFixture(dataDir, error);
    }
  }

  /** The executor; skips the test where this machine lacks something for it. */
  driverFor(context: TestContext): ExecutorDriver {
    if (SentenceError.is(this.#driver)) {
      lacks(context, this.#driver.message);
      throw this.#driver;
    }
    return this.#driver;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!SentenceError.is(this.#driver)) await this.#driver[Symbol.asyncDispose]();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
