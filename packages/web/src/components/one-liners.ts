import { isWindowsTarget, type Artifact } from '@buildsrs/common';
import { safeUrl } from '../text/safe-url.ts';
import { powershellWord, shellWord } from '../text/shell-word.ts';

/** A line that installs a version, whatever the system. */
export interface OneLiner {
  readonly language: 'Shell' | 'PowerShell';
  readonly text: string;
}

/** The address of the instance that serves a file; `undefined` where the file lies elsewhere. */
function instanceOf({ url, crate }: Artifact): string | undefined {
  const href = safeUrl(url)?.href;
  const end = href?.indexOf(`/crates/${crate}/`) ?? -1;
  return end === -1 ? undefined : href?.slice(0, end);
}

/**
 * The lines that install a version by its instance's script, which chooses among these archives: one for POSIX shells, one
 * for Windows, each where there is something for it.
 */
export function oneLiners(archives: readonly Artifact[]): readonly OneLiner[] {
  const lines: OneLiner[] = [];
  for (const windows of [false, true]) {
    const archive = archives.find((one) => isWindowsTarget(one.target) === windows);
    const base = archive === undefined ? undefined : instanceOf(archive);
    if (archive === undefined || base === undefined) continue;
    const url = `${base}/i/${archive.crate}@${archive.version}`;
    lines.push(
      windows
        ? { language: 'PowerShell', text: `irm ${powershellWord(`${url}.ps1`)} | iex` }
        : { language: 'Shell', text: `curl -fsSL ${shellWord(url)} | sh` },
    );
  }
  return lines;
}
