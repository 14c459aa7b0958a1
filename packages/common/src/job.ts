import * as v from 'valibot';
import { BuildCommandSchema } from './build-preferences.ts';
import { CrateNameSchema } from './crate-name.ts';
import { DigestSchema } from './digest.ts';
import { BuildIdSchema, TaskIdSchema } from './ids.ts';
import { BuildLimitsSchema } from './limits.ts';
import { TargetSchema } from './target.ts';
import { VersionSchema } from './version.ts';
import { IsolationSchema, KindSchema } from './words.ts';

const HttpUrl = v.pipe(v.string(), v.maxLength(2_048), v.url(), v.regex(/^https?:\/\//));

/** The message that hands a build to a builder: everything needed to run it, nothing to look up. */
export const JobSchema = v.strictObject({
  build: BuildIdSchema,
  task: TaskIdSchema,
  kind: KindSchema,
  crate: CrateNameSchema,
  version: VersionSchema,
  /** sha256 of the `.crate`, as the index has it. */
  checksum: DigestSchema,
  target: TargetSchema,
  /** The feature set; `default` is what the crate gives unasked. */
  variant: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/)),
  /** Features, programs, packages and variables, where the default ones are not what is wanted. */
  ...BuildCommandSchema.entries,
  registry: v.strictObject({
    /** As cargo writes it: `sparse+https://…/`. Stands in for crates.io by source replacement. */
    index: v.pipe(v.string(), v.maxLength(2_048), v.regex(/^sparse\+https?:\/\/.+\/$/)),
    /** Where the `.crate` is. */
    crateUrl: HttpUrl,
  }),
  /** The least isolation this job may run in. */
  isolation: IsolationSchema,
  limits: BuildLimitsSchema,
  lease: v.strictObject({
    /** Proves the right to this build: in uploads (`Authorization: Bearer`), in `complete` and `failed`. */
    token: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{32,128}$/)),
    /** Milliseconds from now until it ends unless renewed; a duration, as clocks differ. */
    expiresInMs: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  }),
  /** Artifacts are put to this URL followed by `/` and their name. */
  uploadUrl: HttpUrl,
});
export type Job = v.InferOutput<typeof JobSchema>;
