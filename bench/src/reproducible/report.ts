/** The archives of one crate: who built it, and what came out. */
export interface Built {
  readonly crate: string;
  readonly version: string;
  readonly runs: readonly { readonly executor: string; readonly sha256: string }[];
}

/** Whether every build of it gave the same archive. */
export function isReproducible({ runs }: Built): boolean {
  return runs.length > 1 && new Set(runs.map((run) => run.sha256)).size === 1;
}

/** A crate's line: the digest and how often it came out; where they differ, each with who built it. */
export function reproducibleLine(built: Built): string {
  const name = `${built.crate} ${built.version}`.padEnd(28);
  if (isReproducible(built)) return `${name} same in ${built.runs.length} builds  ${built.runs[0]?.sha256}`;
  return [
    `${name} DIFFERS`,
    ...built.runs.map(({ executor, sha256 }) => `  ${executor.padEnd(8)} ${sha256}`),
  ].join('\n');
}
