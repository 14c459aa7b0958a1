import { CrateNameSchema, DigestSchema, VersionSchema } from '@buildsrs/common';
import * as v from 'valibot';

/** NUL and lone surrogates are valid JSON and no database takes them. */
const Text = (maxLength: number) =>
  v.pipe(
    v.string(),
    v.maxLength(maxLength),
    v.check((text) => text.isWellFormed() && !text.includes('\u0000'), 'is not plain text'),
  );
const optional = <Schema extends v.GenericSchema>(schema: Schema) => v.optional(v.nullable(schema));

/** Feature name → what it enables. A Map, as names such as `__proto__` are a crate's to choose. */
const FeaturesSchema = v.pipe(
  v.custom<Record<string, unknown>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  ),
  v.transform((record) => Object.entries(record)),
  v.array(v.tuple([Text(256), v.pipe(v.array(Text(512)), v.maxLength(10_000))])),
  v.maxLength(20_000),
  v.transform((entries) => new Map<string, readonly string[]>(entries)),
);

/** A dependency as an index line has it. Rows from before 2015 lack members or have them as null. */
export const IndexDependencySchema = v.object({
  /** The name in the manifest; `package` is the crate's where they differ. */
  name: Text(256),
  req: Text(1_024),
  features: optional(v.pipe(v.array(Text(512)), v.maxLength(10_000))),
  optional: optional(v.boolean()),
  default_features: optional(v.boolean()),
  target: optional(Text(4_096)),
  kind: optional(Text(16)),
  registry: optional(Text(2_048)),
  package: optional(Text(256)),
});

/** One line of an index file (Cargo book, "Index files"). Unknown members are dropped. */
export const IndexLineSchema = v.object({
  name: CrateNameSchema,
  vers: VersionSchema,
  deps: v.pipe(v.array(IndexDependencySchema), v.maxLength(10_000)),
  cksum: DigestSchema,
  features: v.optional(v.nullable(FeaturesSchema)),
  features2: v.optional(v.nullable(FeaturesSchema)),
  yanked: optional(v.boolean()),
  links: optional(Text(256)),
  rust_version: optional(Text(64)),
  pubtime: optional(v.pipe(v.string(), v.isoTimestamp())),
  v: optional(v.pipe(v.number(), v.integer())),
});
type IndexLine = v.InferOutput<typeof IndexLineSchema>;

/** A dependency of an index entry. */
export interface IndexDependency {
  readonly name: string;
  /** The crate's own name. */
  readonly package: string;
  readonly requirement: string;
  readonly features: readonly string[];
  readonly optional: boolean;
  readonly defaultFeatures: boolean;
  readonly target: string | undefined;
  readonly kind: 'normal' | 'build' | 'dev';
  /** The index of another registry. */
  readonly registry: string | undefined;
}

/** One version of a crate as an index has it, in our words. */
export interface IndexEntry {
  readonly name: IndexLine['name'];
  readonly version: IndexLine['vers'];
  readonly checksum: IndexLine['cksum'];
  readonly yanked: boolean;
  readonly dependencies: readonly IndexDependency[];
  /** `features` and `features2` together. */
  readonly features: ReadonlyMap<string, readonly string[]>;
  readonly links: string | undefined;
  readonly rustVersion: string | undefined;
  /** ISO 8601; only newer rows have it. */
  readonly publishedAt: string | undefined;
}

const KINDS: Readonly<Record<string, IndexDependency['kind']>> = { build: 'build', dev: 'dev' };

/** Joins what a line says into an entry: older members filled in, `features2` merged over `features`. */
export function entryOfLine(line: IndexLine): IndexEntry {
  return {
    name: line.name,
    version: line.vers,
    checksum: line.cksum,
    yanked: line.yanked ?? false,
    dependencies: line.deps.map((dependency) => ({
      name: dependency.name,
      package: dependency.package ?? dependency.name,
      requirement: dependency.req,
      features: dependency.features ?? [],
      optional: dependency.optional ?? false,
      defaultFeatures: dependency.default_features ?? true,
      target: dependency.target ?? undefined,
      kind: KINDS[dependency.kind ?? 'normal'] ?? 'normal',
      registry: dependency.registry ?? undefined,
    })),
    features: new Map([...(line.features ?? []), ...(line.features2 ?? [])]),
    links: line.links ?? undefined,
    rustVersion: line.rust_version ?? undefined,
    publishedAt: line.pubtime ?? undefined,
  };
}
