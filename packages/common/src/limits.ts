import * as v from 'valibot';

const Positive = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

/** What one build may use. Every field has a unit; each reached limit is its own failure kind. */
export const BuildLimitsSchema = v.strictObject({
  /** Wall time of all stages together → `timeout`. */
  timeoutMs: Positive,
  /** Time without a line of output in a stage that runs the crate's code → `silence`. */
  silenceMs: Positive,
  /** Memory of all processes together → `out-of-memory`. */
  memoryBytes: Positive,
  /** Bytes written below the build's folder → `disk-full`. */
  diskBytes: Positive,
  /** Processes and threads at once → `too-many-processes`. */
  processes: Positive,
  /** Processors. May be a fraction. */
  cpus: v.pipe(v.number(), v.minValue(0.1)),
  /** Bytes of log that are kept; what is beyond is cut and marked. */
  logBytes: Positive,
  /** Bytes of all artifacts together → `output-too-large`. */
  outputBytes: Positive,
});
export type BuildLimits = v.InferOutput<typeof BuildLimitsSchema>;

const MIB = 1024 * 1024;

/** Defaults: docs.rs gives 15 min and 3 GB (2025), and is asked for more; optimised builds of large programs need it. */
export const DEFAULT_LIMITS: BuildLimits = {
  timeoutMs: 45 * 60_000,
  silenceMs: 10 * 60_000,
  memoryBytes: 6 * 1024 * MIB,
  diskBytes: 10 * 1024 * MIB,
  processes: 512,
  cpus: 2,
  logBytes: 64 * MIB,
  outputBytes: 512 * MIB,
};
