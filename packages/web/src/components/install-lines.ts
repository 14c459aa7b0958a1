import { isWindowsTarget, type Artifact } from '@buildsrs/common';
import { powershellWord, shellWord } from '../text/shell-word.ts';
import { visible } from '../text/visible.ts';

function posixLines({ url, sha256, name, target }: Artifact): string[] {
  const check = target.includes('-apple-') ? 'shasum -a 256 -c -' : 'sha256sum -c -';
  const file = shellWord(visible(name));
  return [
    `curl ${url.endsWith(`/${name}`) ? '-fLO' : `-fL -o ${file}`} ${shellWord(visible(url))} &&`,
    `echo ${shellWord(`${sha256}  ${visible(name)}`)} | ${check} &&`,
    name.endsWith('.zip') ? `unzip ${file}` : `tar -xzf ${file}`,
  ];
}

function powershellLines({ url, sha256, name }: Artifact): string[] {
  const file = powershellWord(visible(name));
  return [
    `$ErrorActionPreference = 'Stop'`,
    `Invoke-WebRequest ${powershellWord(visible(url))} -OutFile ${file}`,
    `if ((Get-FileHash ${file}).Hash -ne '${sha256}') { throw 'The sha256 is not the published one.' }`,
    `Expand-Archive ${file} .`,
  ];
}

/** Lines to paste that fetch an artifact, check its sha256 and unpack it; nothing is unpacked where the sum is wrong. */
export function installLines(artifact: Artifact): string {
  return (isWindowsTarget(artifact.target) ? powershellLines(artifact) : posixLines(artifact)).join('\n');
}
