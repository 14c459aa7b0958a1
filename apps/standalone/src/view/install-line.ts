import { isWindowsTarget, type Artifact } from '@buildsrs/common';

/** A word as a POSIX shell takes it literally. */
function shellWord(text: string): string {
  return /^[A-Za-z0-9@%+=:,./_-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A word as PowerShell takes it literally. */
function powershellWord(text: string): string {
  return `'${text.replaceAll(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`;
}

/**
 * One line to paste that installs what was built, by the script of the instance that serves it: the sha256 is checked, and
 * nothing is installed when it is wrong. The target is named where the script would choose another.
 */
export function installLine({ url, crate, version, target }: Artifact): string {
  const script = `${url.slice(0, url.indexOf('/crates/'))}/i/${crate}@${version}`;
  if (isWindowsTarget(target)) return `irm ${powershellWord(`${script}.ps1`)} | iex`;
  const chosen = target.includes('-linux-gnu') || target.includes('-apple-');
  return `curl -fsSL ${shellWord(script)} | sh${chosen ? '' : ` -s -- --target ${shellWord(target)}`}`;
}
