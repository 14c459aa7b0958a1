import { ProblemError } from '@buildsrs/common';
import * as v from 'valibot';

/** Which page of a list: at most `limit` items after `cursor`, the `next` of the page before. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** A page of a list; `next` is `null` on the last one. */
export interface Page<Item> {
  readonly items: Item[];
  readonly next: string | null;
}

/** A row's number in a cursor. Cursors come from outside: what PostgreSQL could not cast must not reach it. */
export const CursorId = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** A small number (int4) in a cursor. */
export const CursorInt = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(-2_147_483_647),
  v.maxValue(2_147_483_647),
);
/** A moment in a cursor, in microseconds since 1970, which is as fine as the database's and finer than a `Date`. */
export const CursorMicros = v.pipe(
  v.number(),
  v.safeInteger(),
  v.minValue(0),
  v.maxValue(4_000_000_000_000_000),
);

type Key = readonly (string | number)[];

/** Writes the key of a page's last item as an opaque cursor. */
function encodeCursor(key: Key): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/**
 * Reads a cursor back; `undefined` without one.
 *
 * @throws {ProblemError} `invalid-request` for anything that {@link pageOfRows} with the same schema did not make.
 */
export function decodeCursor<Schema extends v.GenericSchema<unknown, Key>>(
  schema: Schema,
  cursor: string | undefined,
): v.InferOutput<Schema> | undefined {
  if (cursor === undefined) return undefined;
  try {
    return v.parse(schema, JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch (error) {
    throw new ProblemError('invalid-request', 'The cursor is not one of this list; begin again without it.', {
      issues: [{ path: 'cursor', message: 'is not a cursor of this list' }],
      cause: error,
    });
  }
}

/** Makes a page of rows that were asked for with `limit + 1`: one more than fits says that there is a next page. */
export function pageOfRows<Row>(rows: readonly Row[], limit: number, keyOf: (row: Row) => Key): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null };
}
