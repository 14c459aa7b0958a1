import { delimiter, sep } from 'node:path';
import type { StageCommand } from '../../driver.ts';
import type { HostToolchain } from './find-toolchain.ts';

/** What reaches only commands with network: they run nothing of the crate, so a proxy's password is safe with them. */
const NETWORK_VARIABLES = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'];
/** What a compiler driver needs to find the system's headers and libraries (Nix, Xcode), none of it secret. */
const COMPILER_VARIABLES = ['SDKROOT', 'DEVELOPER_DIR', 'NIX_CFLAGS_COMPILE', 'NIX_LDFLAGS', 'NIX_CC'];

/**
 * The environment of a command in the process executor: what the stage says, what names the toolchain and CA bundle,
 * and nothing else of the builder's own.
 */
export function commandEnvironment(
  command: StageCommand,
  options: {
    readonly toolchain: HostToolchain;
    readonly home: string;
    readonly temporary: string;
    readonly caBundle: string | undefined;
    readonly environment: Readonly<Record<string, string | undefined>>;
  },
): Record<string, string> {
  const { environment, toolchain, caBundle } = options;
  const folders = (environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin')
    .split(delimiter)
    // Programs of the package manager that started us are no part of a build machine.
    .filter((dir) => dir.startsWith(sep) && !dir.includes('node_modules'));
  const result: Record<string, string> = {
    ...command.env,
    PATH: [toolchain.binDir, ...folders.filter((dir) => dir !== toolchain.binDir)].join(delimiter),
    HOME: options.home,
    TMPDIR: options.temporary,
  };
  const pass = (name: string): void => {
    const value = environment[name];
    if (value !== undefined && value !== '') result[name] = value;
  };
  for (const name of COMPILER_VARIABLES) pass(name);
  if (caBundle !== undefined) {
    result['CARGO_HTTP_CAINFO'] = caBundle;
    result['SSL_CERT_FILE'] = caBundle;
  }
  if (command.network) {
    for (const name of NETWORK_VARIABLES) {
      pass(name);
      pass(name.toUpperCase());
    }
  }
  return result;
}
