import { spawnSync } from 'node:child_process';

/** Everything that can be said about the sources without running them. */
const CHECKS: readonly (readonly [string, readonly string[]])[] = [
  ['types', ['tsc', '-b']],
  ['lint', ['oxlint', '--type-aware', '--deny-warnings', '.']],
  ['format', ['oxfmt', '--check', '.']],
  ['dead code', ['knip']],
  ['layering', ['node', 'scripts/layering.ts']],
];

let failed = 0;
for (const [name, [command, ...args]] of CHECKS) {
  const { status } = spawnSync(command as string, args, { stdio: 'inherit' });
  process.stdout.write(`${status === 0 ? 'ok    ' : 'FAILED'} ${name}\n`);
  if (status !== 0) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;
