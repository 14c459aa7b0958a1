import { readFileSync } from 'node:fs';
import type { Release } from './find-release.ts';
import { powershellQuoted } from './shell-quotes.ts';

const BODY = readFileSync(new URL('install.ps1', import.meta.url), 'utf8');

/** The script that installs a release on Windows. */
export function powershellScript(release: Release, base: string): string {
  const published = release.archives
    .filter((one) => one.name.endsWith('.zip'))
    .map(
      ({ target, sha256, url }) =>
        `  ${powershellQuoted(target)} = ${powershellQuoted(sha256)}, ${powershellQuoted(url)}`,
    );
  return [
    `$crate = ${powershellQuoted(release.crate)}`,
    `$version = ${powershellQuoted(release.version)}`,
    `$base = ${powershellQuoted(base)}`,
    `$note = ${powershellQuoted(release.note)}`,
    '$published = @{',
    ...published,
    '}',
    BODY,
  ].join('\n');
}

/** A script that says why nothing can be installed. */
export function powershellRefusal(sentence: string): string {
  return `throw ${powershellQuoted(sentence)}\n`;
}
