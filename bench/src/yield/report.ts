import type { Yield } from './build-one.ts';

/** The share of crates that have to build, as issue and documentation name it. */
const GOAL = 0.9;

/** One crate's line, printed as soon as it has ended. */
export function yieldLine({ crate, version, ms, failure, took }: Yield): string {
  const seconds = `${(ms / 1_000).toFixed(0)} s`.padStart(6);
  const name = `${crate} ${version}`.padEnd(28);
  const how = failure === undefined ? `built${took === '' ? '' : ` (${took})`}` : failure.kind;
  return `${name} ${seconds}  ${how}`;
}

/** The share that was built, and for each that was not, why, and who can do something. */
export function yieldReport(yields: readonly Yield[]): string {
  const built = yields.filter(({ failure }) => failure === undefined).length;
  if (yields.length === 0) return 'Nothing was built: it was stopped before the first crate had ended.';
  const share = built / yields.length;
  const lines = [
    `${built} of ${yields.length} built: ${(share * 100).toFixed(0)} %; goal ${GOAL * 100} %: ${share >= GOAL ? 'met' : 'missed'}`,
  ];
  for (const { crate, version, failure } of yields) {
    if (failure === undefined) continue;
    const where = failure.dependency === undefined ? '' : ` in ${failure.dependency}`;
    lines.push('', `${crate} ${version}: ${failure.kind}${where}`);
    lines.push(`  ${failure.message.split('\n', 1)[0]}`, `  ${failure.hint}`);
  }
  return lines.join('\n');
}
