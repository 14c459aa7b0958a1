import { ManifestError } from './manifest-error.ts';

/** A TOML table as parsed: whatever the crate's author wrote. */
export type Table = Readonly<Record<string, unknown>>;

/** Reads a member only when the table itself has it: names such as `constructor` are a crate's to choose. */
export function member(table: Table, ...names: readonly string[]): unknown {
  const name = names.find((candidate) => Object.hasOwn(table, candidate));
  return name === undefined ? undefined : table[name];
}

/** A member that has to be a table where it is there; `what` names it in the error. */
export function tableIn(table: Table, what: string, ...names: readonly string[]): Table | undefined {
  const value = member(table, ...names);
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) {
    throw new ManifestError(`Cargo.toml: ${what} is not a table.`);
  }
  return value as Table;
}

/** A member that has to be a string where it is there. */
export function textIn(table: Table, what: string, ...names: readonly string[]): string | undefined {
  const value = member(table, ...names);
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw new ManifestError(`Cargo.toml: ${what} is not a string.`);
  return value;
}

/** A member that has to be true or false where it is there. */
export function switchIn(table: Table, what: string, ...names: readonly string[]): boolean | undefined {
  const value = member(table, ...names);
  if (value === undefined) return undefined;
  if (typeof value !== 'boolean') throw new ManifestError(`Cargo.toml: ${what} is neither true nor false.`);
  return value;
}

/** A member that has to be a list of strings where it is there. */
export function textsIn(
  table: Table,
  what: string,
  ...names: readonly string[]
): readonly string[] | undefined {
  const value = member(table, ...names);
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw new ManifestError(`Cargo.toml: ${what} is not a list of strings.`);
  }
  return value;
}
