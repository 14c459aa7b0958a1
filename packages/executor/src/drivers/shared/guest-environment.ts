import type { StageCommand } from '../../driver.ts';
import { CA_BUNDLE_PATH } from './guest-paths.ts';

/** A proxy reaches only commands with network: they run nothing of the crate, so its password is safe with them. */
const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'];
/** What names a CA bundle to cargo, and to the OpenSSL and curl it may be linked with. */
const CA_VARIABLES = ['CARGO_HTTP_CAINFO', 'SSL_CERT_FILE', 'CURL_CA_BUNDLE', 'GIT_SSL_CAINFO'];

/**
 * The environment of a command in a sandbox or container: what the stage says and where things are, nothing of the
 * builder's own. Home and temporary folder are a tmpfs that ends with the command.
 */
export function guestEnvironment(
  command: Pick<StageCommand, 'env' | 'network'>,
  options: {
    readonly path: string;
    readonly hasCaBundle: boolean;
    readonly environment: Readonly<Record<string, string | undefined>>;
  },
): Record<string, string> {
  const result: Record<string, string> = { ...command.env, PATH: options.path, HOME: '/tmp', TMPDIR: '/tmp' };
  if (!command.network) return result;
  for (const name of PROXY_VARIABLES.flatMap((lower) => [lower, lower.toUpperCase()])) {
    const value = options.environment[name];
    if (value !== undefined && value !== '') result[name] = value;
  }
  if (options.hasCaBundle) for (const name of CA_VARIABLES) result[name] = CA_BUNDLE_PATH;
  return result;
}

/** Bytes of a build's tmpfs folders: they count as its memory, so they get a part of that. */
export function temporaryBytes(memoryBytes: number): number {
  return Math.min(2 * 1024 ** 3, Math.floor(memoryBytes / 4));
}
