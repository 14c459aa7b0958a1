import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { canonicalJson } from './canonical-json.ts';
import { CrateNameSchema } from './crate-name.ts';
import { DigestSchema, parseDigest, type Digest } from './digest.ts';
import { TargetSchema } from './target.ts';
import { VersionSchema } from './version.ts';
import { ExecutorNameSchema, IsolationSchema, KindSchema } from './words.ts';

const Text = (maxLength: number) => v.pipe(v.string(), v.maxLength(maxLength));
const Names = (maxItems: number) => v.pipe(v.array(Text(256)), v.maxLength(maxItems));

/** One package of the resolved graph. */
export const DependencySchema = v.strictObject({
  name: Text(64),
  version: VersionSchema,
  /** `registry+…`, `git+…`; absent for the crate itself. */
  source: v.optional(Text(1024)),
  /** sha256 of its `.crate`, where its source has one. */
  checksum: v.optional(DigestSchema),
});
export type Dependency = v.InferOutput<typeof DependencySchema>;

/**
 * Everything that decides what a build's bytes are. Changing a field's meaning changes every `inputId`; new optional
 * fields do not, as absent members do not enter the canonical form.
 */
export const BuildInputsSchema = v.strictObject({
  kind: KindSchema,
  source: v.strictObject({ crate: CrateNameSchema, version: VersionSchema, checksum: DigestSchema }),
  command: v.strictObject({
    /** cargo's arguments, in order; paths as the build saw them. */
    cargo: v.pipe(v.array(Text(4_096)), v.maxLength(256)),
    features: Names(512),
    defaultFeatures: v.boolean(),
    bins: Names(512),
  }),
  target: TargetSchema,
  toolchain: v.strictObject({
    /** `rustc --version` without the hash: `1.95.0`. */
    rustc: Text(64),
    /** The commit rustc names, `unknown` in distributions that leave it out. */
    commit: Text(64),
    host: TargetSchema,
    llvm: Text(64),
    cargo: Text(64),
  }),
  lockfile: v.strictObject({
    /** `published`: the crate's own; `generated`: it had none, or it did not resolve. */
    origin: v.picklist(['published', 'generated']),
    /** sha256 of the `Cargo.lock` that was used. */
    sha256: DigestSchema,
    /** Why the published one was not used, where there was one. */
    reason: v.optional(Text(512)),
  }),
  dependencies: v.pipe(v.array(DependencySchema), v.maxLength(20_000)),
  /** The variables given to cargo that can change its output; from an allow-list. */
  environment: v.record(Text(128), Text(8_192)),
  /** The system packages the build could see, where the executor knows them. */
  packages: v.strictObject({
    manager: v.picklist(['dpkg', 'none']),
    list: v.pipe(
      v.array(v.strictObject({ name: Text(256), version: Text(256), architecture: Text(32) })),
      v.maxLength(20_000),
    ),
  }),
  /** What the build ran in: an image's digest, the sandbox's host, or nothing at all. */
  image: v.strictObject({ kind: ExecutorNameSchema, digest: v.optional(Text(256)) }),
});
export type BuildInputs = v.InferOutput<typeof BuildInputsSchema>;

/** Facts of one run that must not decide its bytes; shown and compared apart from the inputs. */
export const BuildObservedSchema = v.strictObject({
  executor: ExecutorNameSchema,
  isolation: IsolationSchema,
  hostname: Text(256),
  kernel: Text(256),
  cpus: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  builderVersion: Text(64),
  startedAt: v.pipe(v.string(), v.isoTimestamp()),
  /** Milliseconds each stage took, by stage. */
  stageMs: v.record(Text(16), v.pipe(v.number(), v.minValue(0))),
});
export type BuildObserved = v.InferOutput<typeof BuildObservedSchema>;

/** The build info of a build: `inputs` is hashed, `observed` is not (research/builder-web-zb.md §5.1). */
export const BuildInfoSchema = v.pipe(
  v.strictObject({
    schema: v.literal(1),
    inputs: BuildInputsSchema,
    observed: BuildObservedSchema,
  }),
  v.metadata({ ref: 'BuildInfo' }),
);
export type BuildInfo = v.InferOutput<typeof BuildInfoSchema>;

/** The identity of a build's inputs: sha256 over their RFC 8785 form. Equal ids should mean equal artifacts. */
export function inputIdOf(inputs: BuildInputs): Digest {
  return parseDigest(createHash('sha256').update(canonicalJson(inputs)).digest('hex'));
}
