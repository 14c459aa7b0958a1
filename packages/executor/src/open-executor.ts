import { SentenceError, type ExecutorName } from '@buildsrs/common';
import type { ExecutorDriver } from './driver.ts';
import { openProcessDriver } from './drivers/process/index.ts';
import { openSandboxDriver } from './drivers/sandbox/index.ts';

/** What every driver is opened with; drivers of one kind may take more (`DriverOptions & {…}`). */
export interface DriverOptions {
  /** The folder of this builder. Workspaces are `builds/ID` below it, `CARGO_HOME` is `cargo`. Created when missing. */
  readonly dataDir: string;
  /** PEM file of certificates that cargo trusts, as a path on this machine. */
  readonly caBundle?: string;
  /** The environment of this program: where to look for tools. Nothing of it reaches a build but what a driver names. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What {@link openExecutor} is asked for. */
export interface ExecutorOptions extends DriverOptions {
  readonly executor: ExecutorName;
  /** Needed for `process`. */
  readonly allowUnsandboxed: boolean;
}

/** The CA bundle cargo is to trust: the setting, else what Node and OpenSSL programs on this machine are told to trust. */
export function caBundleOf(
  setting: string | undefined,
  environment: DriverOptions['environment'],
): string | undefined {
  return setting ?? (environment['NODE_EXTRA_CA_CERTS'] || environment['SSL_CERT_FILE'] || undefined);
}

/**
 * Opens an executor and makes sure that it can run: every layer that was asked for is there.
 *
 * @throws {SentenceError} when this machine lacks something, with exit code 3: nothing is ever silently downgraded.
 */
export async function openExecutor(options: ExecutorOptions): Promise<ExecutorDriver> {
  switch (options.executor) {
    case 'process':
      if (!options.allowUnsandboxed) {
        throw new SentenceError(
          'unsandboxed',
          'The process executor runs the code of crates with all rights of this user. ' +
            'Give --allow-unsandboxed to accept that, or use --executor docker or sandbox.',
          { exitCode: 2 },
        );
      }
      return openProcessDriver(options);
    case 'sandbox':
      return openSandboxDriver(options);
    case 'docker':
      throw new SentenceError(
        'executor-missing',
        `This build of builds.rs has no ${options.executor} executor.`,
        {
          exitCode: 3,
        },
      );
  }
}
