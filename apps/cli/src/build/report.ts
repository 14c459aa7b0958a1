import { relative } from 'node:path';
import { styleText } from 'node:util';
import type { Failure } from '@buildsrs/common';
import type { PackedCrate } from './package-crate.ts';
import type { Rehearsed } from './rehearse.ts';

/** What `--json` prints: one line, the shape of a finished task of the service, with paths instead of URLs. */
export function rehearsalJson(
  crate: PackedCrate,
  target: string,
  rehearsed: Rehearsed,
  outputDir: string,
): string {
  const { outcome, result } = rehearsed;
  const artifacts = result?.kind === 'binary' ? result.artifacts : [];
  return JSON.stringify({
    crate: crate.name,
    version: crate.version,
    target,
    kind: 'binary',
    status: outcome.status === 'succeeded' ? 'built' : outcome.status,
    failure: outcome.status === 'failed' ? outcome.failure : null,
    artifacts: artifacts.map((one) => ({ ...one, path: `${outputDir}/${one.name}` })),
    log: rehearsed.logFile,
  });
}

/** A path as people would type it here. */
function shown(cwd: string, path: string): string {
  const short = relative(cwd, path);
  return short.startsWith('..') ? path : short;
}

function failureLines(failure: Failure): string[] {
  return [
    `${styleText('red', 'failed')} ${styleText('bold', failure.kind)}${failure.dependency === undefined ? '' : ` in ${failure.dependency}`}`,
    ...failure.message.split('\n').map((line) => `  ${line}`),
    `  ${styleText('dim', failure.hint)}`,
  ];
}

/** What people read at the end of a rehearsal. */
export function rehearsalText(rehearsed: Rehearsed, outputDir: string, cwd: string): string {
  const { outcome, result } = rehearsed;
  const lines: string[] = [];
  if (outcome.status === 'failed') lines.push(...failureLines(outcome.failure));
  if (outcome.status === 'cancelled') lines.push('cancelled');
  if (result?.kind === 'binary') {
    lines.push(styleText('green', 'The service would publish:'));
    for (const artifact of result.artifacts) {
      lines.push(
        `  ${shown(cwd, `${outputDir}/${artifact.name}`)}  ${styleText('dim', `${artifact.size} bytes, sha256 ${artifact.sha256}`)}`,
      );
    }
    const programs = result.members
      .filter((member) => member.executable)
      .map((member) => member.path.split('/').at(-1));
    lines.push(`  programs: ${programs.join(', ')}`);
  }
  lines.push(`log: ${shown(cwd, rehearsed.logFile)}`, '');
  return lines.join('\n');
}
