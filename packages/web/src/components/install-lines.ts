import { isWindowsTarget, type Artifact } from '@buildsrs/common';
import { powershellWord, shellWord } from '../text/shell-word.ts';
import { visible } from '../text/visible.ts';

function posixLines({ url, sha256, name, target }: Artifact): string[] {
  const check = target.includes('-apple-') ? 'shasum -a 256 -c -' : 'sha256sum -c -';
  return [
    `curl -fLO ${shellWord(visible(url))} &&`,
    `echo '${sha256}  ${name}' | ${check} &&`,
    name.endsWith('.tar.gz') ? `tar -xzf ${name}` : `unzip ${name}`,
  ];
}

function powershellLines({ url, sha256, name }: Artifact): string[] {
  return [
    `Invoke-WebRequest ${powershellWord(visible(url))} -OutFile ${name}`,
    `if ((Get-FileHash ${name}).Hash -ne '${sha256.toUpperCase()}') { throw 'wrong sha256' }`,
    `Expand-Archive ${name} .`,
  ];
}

/** Lines to paste that fetch an artifact, check its sha256 and unpack it; nothing is unpacked where the sum is wrong. */
export function installLines(artifact: Artifact): string {
  return (isWindowsTarget(artifact.target) ? powershellLines(artifact) : posixLines(artifact)).join('\n');
}
