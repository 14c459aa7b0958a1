import { executableSuffix, isWindowsTarget, type Artifact } from '@buildsrs/common';
import { powershellWord, shellWord } from '../text/shell-word.ts';
import { visible } from '../text/visible.ts';

/** Programs named one by one; of more, or of longer names than a file can have, the archive is unpacked as a whole. */
const MOST_PROGRAMS = 16;
const LONGEST_NAME = 255;

/** Whether an artifact is the archive with the programs; build info and the like stand beside it. */
export function isArchive({ name }: Pick<Artifact, 'name'>): boolean {
  return name.endsWith('.tar.gz') || name.endsWith('.zip');
}

/**
 * Unpacks the programs alone into `~/.local/bin`; the whole archive where their names are not known. An archive holds one
 * folder, named as the archive is.
 */
function unpackLine({ name, target }: Artifact, programs: readonly string[]): string {
  const file = shellWord(visible(name));
  if (name.endsWith('.zip')) return `unzip ${file}`;
  const canBeNamed =
    programs.length <= MOST_PROGRAMS && programs.every((program) => program.length <= LONGEST_NAME);
  if (programs.length === 0 || !canBeNamed) return `tar -xzf ${file}`;
  const folder = name.slice(0, -'.tar.gz'.length);
  const members = programs.map((program) =>
    shellWord(visible(`${folder}/${program}${executableSuffix(target)}`)),
  );
  return `mkdir -p ~/.local/bin && tar -xzf ${file} -C ~/.local/bin --strip-components=1 ${members.join(' ')}`;
}

function posixLines(artifact: Artifact, programs: readonly string[]): string[] {
  const { url, sha256, name, target } = artifact;
  const check = target.includes('-apple-') ? 'shasum -a 256 -c -' : 'sha256sum -c -';
  const fetch = url.endsWith(`/${name}`) ? '-fLO' : `-fL -o ${shellWord(visible(name))}`;
  return [
    `curl ${fetch} ${shellWord(visible(url))} &&`,
    `echo ${shellWord(`${sha256}  ${visible(name)}`)} | ${check} &&`,
    unpackLine(artifact, programs),
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

/**
 * Lines to paste that fetch an artifact, check its sha256 and unpack it; nothing is unpacked where the sum is wrong.
 * `programs` are those the archive is known to hold, without the target's suffix.
 */
export function installLines(artifact: Artifact, programs: readonly string[] = []): string {
  const lines = isWindowsTarget(artifact.target) ? powershellLines(artifact) : posixLines(artifact, programs);
  return lines.join('\n');
}
