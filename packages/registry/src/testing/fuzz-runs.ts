/**
 * How fast-check runs a property: the same inputs in every run, so that a red run means a changed program. Other inputs,
 * and more of them, by `BUILDSRS_FUZZ_SEED` and `BUILDSRS_FUZZ_FACTOR`.
 */
export function fuzzRuns(numRuns: number): { numRuns: number; seed: number } {
  const seed = Number(process.env['BUILDSRS_FUZZ_SEED'] ?? 20_261_129);
  const factor = Number(process.env['BUILDSRS_FUZZ_FACTOR'] ?? 1);
  return { numRuns: numRuns * factor, seed };
}
