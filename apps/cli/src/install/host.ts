import { readdirSync } from 'node:fs';
import { parseTarget, SentenceError, type Target } from '@buildsrs/common';

/** The machine programs shall run on. */
export interface Host {
  /** As `process.platform` and `process.arch` name them. */
  readonly platform: string;
  readonly arch: string;
  /** glibc's version; `undefined` where programs linked to it do not run. */
  readonly glibc: string | undefined;
}

/** Whether glibc's loader is where programs expect it; a system may have a glibc and keep it elsewhere. */
function hasLoader(): boolean {
  return ['/lib', '/lib64'].some((folder) => {
    try {
      return readdirSync(folder).some((name) => /^ld-linux|^ld64\.so/.test(name));
    } catch {
      return false;
    }
  });
}

/** Looks at this machine. */
export function readHost(): Host {
  let glibc: string | undefined;
  if (process.platform === 'linux' && hasLoader()) {
    const report = process.report as typeof process.report & { excludeNetwork?: boolean };
    // Else the report asks for the names of all that this process is connected to.
    report.excludeNetwork = true;
    const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
    glibc = header.glibcVersionRuntime;
  }
  return { platform: process.platform, arch: process.arch, glibc };
}

/** Node's names of processors, and Rust's with the ABI of its Linux targets. */
const ARCHITECTURES: Readonly<Record<string, readonly [arch: string, abi: string]>> = {
  x64: ['x86_64', ''],
  arm64: ['aarch64', ''],
  ia32: ['i686', ''],
  arm: ['armv7', 'eabihf'],
  riscv64: ['riscv64gc', ''],
  ppc64: ['powerpc64le', ''],
  s390x: ['s390x', ''],
  loong64: ['loongarch64', ''],
};

/**
 * The targets whose programs run on a machine, the best first.
 *
 * @throws {SentenceError} `unsupported-system`
 */
export function fittingTargets(host: Host): readonly Target[] {
  const [arch, abi] = ARCHITECTURES[host.arch] ?? [];
  const systems: Readonly<Record<string, readonly string[]>> = {
    linux: [...(host.glibc === undefined ? [] : [`unknown-linux-gnu${abi}`]), `unknown-linux-musl${abi}`],
    darwin: ['apple-darwin'],
    freebsd: ['unknown-freebsd'],
    win32: ['pc-windows-msvc', 'pc-windows-gnu', 'pc-windows-gnullvm'],
  };
  const system = systems[host.platform];
  if (arch === undefined || system === undefined) {
    throw new SentenceError(
      'unsupported-system',
      `Nothing is built for ${host.platform} on ${host.arch}. \`cargo install\` compiles it; --target chooses a build by hand.`,
      { exitCode: 3 },
    );
  }
  return system.map((one) => parseTarget(`${arch}-${one}`));
}
