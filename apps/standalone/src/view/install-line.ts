import { isWindowsTarget, type ArchiveMember, type Artifact } from '@buildsrs/common';

/** A word as a POSIX shell takes it literally. */
function shellWord(text: string): string {
  return /^[A-Za-z0-9@%+=:,./_-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A word as PowerShell takes it literally. */
function powershellWord(text: string): string {
  return `'${text.replaceAll(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`;
}

/**
 * One line to paste that downloads an archive, checks its sha256 and puts its programs into `~/.local/bin`. Nothing is
 * unpacked when the sum is wrong.
 */
export function installLine(artifact: Artifact, members: readonly ArchiveMember[]): string {
  const { name, sha256, target, url } = artifact;
  if (isWindowsTarget(target)) {
    return [
      `iwr ${powershellWord(url)} -OutFile ${powershellWord(name)}`,
      `if ((Get-FileHash ${powershellWord(name)}).Hash -ne '${sha256.toUpperCase()}') { throw 'wrong sha256' }`,
      `Expand-Archive ${powershellWord(name)} .`,
    ].join('; ');
  }
  const check = target.includes('-apple-') ? 'shasum -a 256 -c' : 'sha256sum -c';
  const programs = members
    .filter((member) => member.executable)
    .map((member) => member.path.slice(member.path.indexOf('/') + 1))
    .map((file) => shellWord(file.startsWith('-') ? `./${file}` : file));
  return `(${[
    'cd "$(mktemp -d)"',
    `curl -fsSLo a ${shellWord(url)}`,
    `echo '${sha256}  a' | ${check}`,
    'tar xzf a --strip-components=1',
    ...(programs.length === 0 ? [] : ['mkdir -p ~/.local/bin', `mv ${programs.join(' ')} ~/.local/bin`]),
  ].join(' && ')})`;
}
