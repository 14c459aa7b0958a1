/** A part of a run: what it was and how long it took. */
export interface Step {
  readonly name: string;
  readonly ms: number;
}

/** One whole run. */
export interface Run {
  readonly version: string;
  readonly totalMs: number;
  /** In order; together they are the total. */
  readonly steps: readonly Step[];
}

/** Cuts a time line into steps: each ends at its mark, and marks that are missing or out of order take no time. */
export function stepsBetween(
  start: number,
  marks: readonly (readonly [string, number | undefined])[],
): Step[] {
  let at = start;
  return marks.map(([name, mark]) => {
    const end = Math.max(mark ?? at, at);
    const ms = end - at;
    at = end;
    return { name, ms };
  });
}

/** Steps of the same name in several runs, each as the middle one of them. */
export function medianSteps(runs: readonly Run[], median: (values: readonly number[]) => number): Step[] {
  const names = [...new Set(runs.flatMap((run) => run.steps.map((step) => step.name)))];
  return names.map((name) => ({
    name,
    ms: median(runs.map((run) => run.steps.find((step) => step.name === name)?.ms ?? 0)),
  }));
}
