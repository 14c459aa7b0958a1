import { SentenceError, type CrateName, type Digest, type Version } from '@buildsrs/common';
import * as v from 'valibot';
import { cratePrefix } from './index-path.ts';

const HttpUrl = v.pipe(
  v.string(),
  v.maxLength(2_048),
  v.regex(/^https?:\/\/[^\s]+$/, 'is not an http(s) URL'),
);

/** `config.json` at an index's root (Cargo book, "Index configuration"). Members we have no use for are dropped. */
export const RegistryConfigSchema = v.object({
  /** Template of the download URL, see {@link crateUrlOf}. */
  dl: HttpUrl,
  api: v.optional(v.nullable(HttpUrl)),
  'auth-required': v.optional(v.boolean()),
});
/** What an index says about its registry. */
export type RegistryConfig = v.InferOutput<typeof RegistryConfigSchema>;

/** Parses a `config.json`. `where` is named in the error. @throws {SentenceError} `not-an-index`. */
export function readRegistryConfig(text: string, where: string): RegistryConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const config = v.safeParse(RegistryConfigSchema, value);
  if (config.success) return config.output;
  throw new SentenceError(
    'not-an-index',
    `${where} is not a crate index: its config.json is not one. Check the URL or folder given with --registry.`,
  );
}

/** What names one `.crate` file; the checksum is only needed by templates that ask for it. */
export interface CrateFileId {
  readonly name: CrateName;
  readonly version: Version;
  readonly checksum: Digest;
}

/**
 * The URL of a `.crate` by the `dl` template: `{crate}`, `{version}`, `{prefix}`, `{lowerprefix}` and
 * `{sha256-checksum}`; a template without any of them gets `/{crate}/{version}/download` (Cargo book).
 * A `+` of build metadata is written `%2B`, as stores read a bare one as a space.
 */
export function crateUrlOf(dl: string, { name, version, checksum }: CrateFileId): string {
  const values: Readonly<Record<string, string>> = {
    '{crate}': name,
    '{version}': version.replaceAll('+', '%2B'),
    '{prefix}': cratePrefix(name),
    '{lowerprefix}': cratePrefix(name.toLowerCase()),
    '{sha256-checksum}': checksum,
  };
  const markers = /\{(?:crate|version|prefix|lowerprefix|sha256-checksum)\}/g;
  const template = markers.test(dl) ? dl : `${dl.replace(/\/+$/, '')}/{crate}/{version}/download`;
  return template.replaceAll(markers, (marker) => values[marker] as string);
}
