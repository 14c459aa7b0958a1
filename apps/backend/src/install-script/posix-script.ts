import { readFileSync } from 'node:fs';
import type { Release } from './find-release.ts';
import { oneLine, posixQuoted } from './shell-quotes.ts';

const BODY = readFileSync(new URL('install.sh', import.meta.url), 'utf8');

/** A function that prints lines as they are. No line can end the text early: each begins with a target. */
function listFunction(name: string, lines: readonly string[]): string {
  return [`${name}() {`, "  cat <<'LIST'", ...lines.map(oneLine), 'LIST', '}'].join('\n');
}

/** The script that installs a release on anything with a POSIX shell. */
export function posixScript(release: Release, base: string): string {
  const { crate, version, archives, waiting, note } = release;
  const published = archives
    .filter((one) => one.name.endsWith('.tar.gz'))
    .map((one) => `${one.target} ${one.sha256} ${one.url}`);
  return [
    '#!/bin/sh',
    `crate=${posixQuoted(crate)} version=${posixQuoted(version)}`,
    `base=${posixQuoted(base)}`,
    `note=${posixQuoted(note)}`,
    '# target, sha256, address',
    listFunction('published', published),
    listFunction(
      'waiting',
      waiting.map((task) => `${task.target} its task is ${task.status}`),
    ),
    BODY,
  ].join('\n');
}

/** A script that says why nothing can be installed: `curl -f` drops the body of an error, and `sh` then ends with 0. */
export function posixRefusal(sentence: string): string {
  return `#!/bin/sh\nmain() {\n  printf 'error: %s\\n' ${posixQuoted(sentence)} >&2\n  exit 1\n}\n{ main; }\n`;
}
