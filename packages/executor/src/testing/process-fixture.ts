import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SentenceError } from '@buildsrs/common';
import type { ExecutorDriver } from '../driver.ts';
import { openExecutor } from '../open-executor.ts';

/** A process executor in a folder of its own; disposing of it removes the folder. */
export interface ProcessFixture extends AsyncDisposable {
  readonly dataDir: string;
  /** `undefined` where this machine has no toolchain; `lack` says so. */
  readonly driver: ExecutorDriver | undefined;
  readonly lack: string | undefined;
}

/** Opens a process executor in a new folder. */
export async function openProcessFixture(): Promise<ProcessFixture> {
  const dataDir = await mkdtemp(join(tmpdir(), 'buildsrs-executor-'));
  let driver: ExecutorDriver | undefined;
  let lack: string | undefined;
  try {
    driver = await openExecutor({
      executor: 'process',
      dataDir,
      allowUnsandboxed: true,
      environment: process.env,
    });
  } catch (error) {
    if (!SentenceError.is(error) || error.code !== 'toolchain-missing') throw error;
    lack = error.message;
  }
  return {
    dataDir,
    driver,
    lack,
    [Symbol.asyncDispose]: async () => {
      await driver?.[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
