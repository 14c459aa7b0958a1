import * as v from 'valibot';

/** Names Windows cannot have as a file; crates.io refuses them (crates_io_validation, 2025). */
const WINDOWS_DEVICES = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$/i;

/**
 * A crate's name as crates.io admits it: an ASCII letter, then letters, digits, `-` or `_`, at most 64.
 * The pattern is the wall before paths, keys and shells: nothing else of a name is ever escaped.
 */
export const CrateNameSchema = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z][A-Za-z0-9_-]{0,63}$/,
    'A crate name starts with a letter and has at most 64 letters, digits, "-" and "_".',
  ),
  v.check(
    (name) => !WINDOWS_DEVICES.test(name),
    'This name is reserved by Windows and no crate can have it.',
  ),
  v.title('CrateName'),
  v.brand('CrateName'),
);

/** A crate's name, proven by {@link CrateNameSchema}. */
export type CrateName = v.InferOutput<typeof CrateNameSchema>;

/** Parses a crate name; throws a `ValiError` whose message is a sentence for people. */
export function parseCrateName(text: string): CrateName {
  return v.parse(CrateNameSchema, text);
}

/**
 * The spelling under which crates.io holds two names to be the same crate: lower case, `_` for `-`.
 * Used as a unique key only; people see the crate's own spelling.
 */
export function canonicalCrateName(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}
