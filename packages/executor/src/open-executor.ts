import { existsSync, readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { SentenceError, type ExecutorName } from '@buildsrs/common';
import { pruneCrateCache } from './download-crate.ts';
import type { ExecutorDriver } from './driver.ts';
import { openDockerDriver } from './drivers/docker/index.ts';
import { openProcessDriver } from './drivers/process/index.ts';
import { openSandboxDriver, type SandboxOptions } from './drivers/sandbox/index.ts';
import { openVmDriver, type VmOptions } from './drivers/vm/index.ts';
import { removeLeftoverFolders } from './owned-folder.ts';
import { probeExecutor } from './probe-executors.ts';
import { unsafeError } from './probe.ts';
import { outputsDir } from './workspace-folder.ts';

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
export interface ExecutorOptions extends VmOptions, SandboxOptions {
  readonly executor: ExecutorName;
  /** Needed for `process`. */
  readonly allowUnsandboxed: boolean;
  /** Open nothing in which a layer of isolation is missing or known to be weak. */
  readonly requireSafe?: boolean;
}

/** The CA bundle cargo is to trust: the setting, else what Node and OpenSSL programs on this machine are told to trust. */
export function caBundleOf(
  setting: string | undefined,
  environment: DriverOptions['environment'],
): string | undefined {
  const inherited = [environment['NODE_EXTRA_CA_CERTS'], environment['SSL_CERT_FILE']];
  return setting ?? inherited.find((file) => file !== undefined && file !== '' && existsSync(file));
}

/** What the `.crate` files of the download cache may take; cargo looks after its own. */
const CRATE_CACHE_BYTES = 2 * 1024 ** 3;

/** Makes this process trust what cargo is to trust, as it downloads from the same registry. */
function trustBundle(file: string): void {
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    const sentence = `The CA bundle ${file} cannot be read (${code}); give another with --ca-bundle.`;
    throw new SentenceError('bad-usage', sentence, { exitCode: 2 });
  }
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  setDefaultCACertificates([...new Set([...getCACertificates('default'), ...certificates])]);
}

/**
 * Opens an executor and makes sure that it can run: every layer that was asked for is there.
 *
 * @throws {SentenceError} when this machine lacks something, with exit code 3: nothing is ever silently downgraded.
 */
export async function openExecutor(options: ExecutorOptions): Promise<ExecutorDriver> {
  if (options.requireSafe === true) {
    const probe = await probeExecutor(options.executor, options);
    if (!probe.safe) throw unsafeError(probe);
  }
  if (options.caBundle !== undefined) trustBundle(options.caBundle);
  await removeLeftoverFolders(outputsDir(options.dataDir));
  await pruneCrateCache(options.dataDir, CRATE_CACHE_BYTES);
  return openDriver(options);
}

async function openDriver(options: ExecutorOptions): Promise<ExecutorDriver> {
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
      return openDockerDriver(options);
    case 'vm':
      return openVmDriver(options);
  }
}
