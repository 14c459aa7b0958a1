import { words } from '../shared/words.ts';
import { lstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { StageCommand } from '../../driver.ts';
import { BUILD_PATH, CA_BUNDLE_PATH, CARGO_PATH, TOOLCHAIN_PATH } from '../shared/guest-paths.ts';
import { ETC_FILES, GUEST_UID } from './etc-files.ts';

/** Where the things a sandbox mounts are for the one who calls bubblewrap. */
export interface SandboxSources {
  readonly build: string;
  readonly cargo: string;
  /** The root of the system whose `/usr` builds see; `/` is this machine's. */
  readonly system: string;
  /** `undefined`: the toolchain is below `/usr`. */
  readonly toolchain: string | undefined;
  readonly caBundle: string | undefined;
  /** Generated files of `/etc`. */
  readonly etc: string;
}

/** The descriptors bubblewrap is given: it reads the filter from one and writes what it made to the other. */
export const SECCOMP_FD = 3;
export const INFO_FD = 4;

/** What the linker and C compiler of a distribution need of `/etc`; what a machine lacks is left out. */
const ETC_ALWAYS = ['/etc/alternatives', '/etc/ld.so.cache', '/etc/ld.so.conf', '/etc/ld.so.conf.d'];
/** Where distributions keep public CA certificates; not `/etc/ssl/private`. */
const ETC_NETWORK = [
  ...words('/etc/ssl/certs /etc/ssl/openssl.cnf /etc/ssl/cert.pem /etc/ca-certificates'),
  ...words('/etc/pki/tls/certs /etc/pki/ca-trust/extracted /etc/resolv.conf /etc/gai.conf /etc/hosts'),
];
const TOP_FOLDERS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
const SHM_BYTES = 64 * 1024 * 1024;

/** `/bin` and its like: links into `/usr` on merged systems, folders on old ones. */
function topFolder(system: string, path: string): string[] {
  const source = join(system, path);
  const stats = lstatSync(source, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  return stats.isSymbolicLink() ? ['--symlink', readlinkSync(source), path] : ['--ro-bind', source, path];
}

/** The arguments of bubblewrap for one command. */
export function bwrapArgs(
  command: Pick<StageCommand, 'argv' | 'cwd' | 'network' | 'cargoHome'>,
  options: {
    readonly sources: SandboxSources;
    readonly environment: Readonly<Record<string, string>>;
    readonly temporaryBytes: number;
  },
): string[] {
  const { sources } = options;
  const readable = (root: string, paths: readonly string[]): string[] =>
    paths.flatMap((path) => ['--ro-bind-try', join(root, path), path]);
  const { network } = command;
  const { caBundle, system, toolchain } = sources;
  const tmpfs = (path: string, bytes: number): string[] =>
    words(`--size ${bytes} --perms 1777 --tmpfs ${path}`);
  const parts: (readonly string[])[] = [
    words(`--unshare-all ${network ? '--share-net' : ''} --unshare-user --disable-userns --hostname builds`),
    words(`--uid ${GUEST_UID} --gid ${GUEST_UID} --die-with-parent --new-session`),
    words(`--seccomp ${SECCOMP_FD} --info-fd ${INFO_FD}`),
    ['--ro-bind', join(system, 'usr'), '/usr'],
    TOP_FOLDERS.flatMap((path) => topFolder(system, path)),
    readable(system, ETC_ALWAYS),
    ETC_FILES.flatMap((name) => ['--ro-bind', join(sources.etc, name), `/etc/${name}`]),
    network ? readable('/', ETC_NETWORK) : [],
    network && caBundle !== undefined ? ['--ro-bind', caBundle, CA_BUNDLE_PATH] : [],
    words('--proc /proc --dev /dev'),
    tmpfs('/dev/shm', SHM_BYTES),
    tmpfs('/tmp', options.temporaryBytes),
    toolchain === undefined ? [] : ['--ro-bind', toolchain, TOOLCHAIN_PATH],
    ['--bind', sources.build, BUILD_PATH],
    [command.cargoHome === 'writable' ? '--bind' : '--ro-bind', sources.cargo, CARGO_PATH],
    // The tmpfs below everything, and that of /dev, have no size of their own: nothing may be written there.
    words('--remount-ro /dev --remount-ro / --clearenv'),
    Object.entries(options.environment).flatMap(([name, value]) => ['--setenv', name, value]),
    ['--chdir', command.cwd, '--', ...command.argv],
  ];
  return parts.flat();
}
