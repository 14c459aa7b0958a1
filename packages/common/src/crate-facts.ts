import * as v from 'valibot';
import { BuildPreferencesSchema } from './build-preferences.ts';

/** Names cargo gives to targets and features: no path separators, no control characters, bounded. */
export const CargoNameSchema = v.pipe(
  v.string(),
  v.regex(
    /^[^\s/\\:\u0000-\u001f\u007f]{1,255}$/u,
    'A name in a manifest has no spaces and no path separators.',
  ),
);
const FeatureSchema = v.pipe(v.string(), v.regex(/^[^\s\u0000-\u001f\u007f]{1,255}$/u));

/** A program of a crate. */
export const BinaryFactsSchema = v.strictObject({
  name: CargoNameSchema,
  /** The features without which cargo leaves it out. */
  requiredFeatures: v.pipe(v.array(FeatureSchema), v.maxLength(512)),
  /** Whether a build gives it unasked: by the default features, or those the author wants here. */
  default: v.boolean(),
});

/** What a crate's manifest says about what can be built of it: the result of a `metadata` task. */
export const CrateFactsSchema = v.pipe(
  v.strictObject({
    binaries: v.pipe(v.array(BinaryFactsSchema), v.maxLength(512)),
    /** Crate types of the library target (`lib`, `cdylib`, …); empty where there is none. */
    library: v.pipe(v.array(v.pipe(v.string(), v.maxLength(32))), v.maxLength(16)),
    features: v.pipe(v.array(FeatureSchema), v.maxLength(2_000)),
    defaultFeatures: v.pipe(v.array(FeatureSchema), v.maxLength(2_000)),
    edition: v.optional(v.pipe(v.string(), v.maxLength(8))),
    rustVersion: v.optional(v.pipe(v.string(), v.maxLength(32))),
    /** The program `cargo run` starts, where the manifest names one. */
    defaultRun: v.optional(CargoNameSchema),
    description: v.optional(v.pipe(v.string(), v.maxLength(2_000))),
    license: v.optional(v.pipe(v.string(), v.maxLength(500))),
    repository: v.optional(v.pipe(v.string(), v.maxLength(2_000))),
    homepage: v.optional(v.pipe(v.string(), v.maxLength(2_000))),
    /** Whether the published archive has a `Cargo.lock`. */
    lockfile: v.boolean(),
    /** What the author wants of builds here; absent when nothing is said. */
    preferences: v.optional(BuildPreferencesSchema),
    /** What `[package.metadata.buildsrs]` has that is not used, a sentence each: the author should learn of it. */
    ignoredPreferences: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(300))), v.maxLength(20))),
  }),
  v.metadata({ ref: 'CrateFacts' }),
);
export type CrateFacts = v.InferOutput<typeof CrateFactsSchema>;
