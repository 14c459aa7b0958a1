import { ProblemError } from '@buildsrs/common';
import type { ByteRange } from './object-store.ts';

/**
 * The bytes a range means in an object of this size, both ends inclusive.
 *
 * @throws {ProblemError} `range-not-satisfiable` when it has none of them.
 */
export function resolveRange(range: ByteRange, size: number): { start: number; end: number } {
  const { start } = range;
  const end = Math.min(range.end ?? Number.POSITIVE_INFINITY, size - 1);
  if (!Number.isSafeInteger(start) || start < 0 || Number.isNaN(end) || start > end)
    throw new ProblemError('range-not-satisfiable', `This has ${size} bytes; the range has none of them.`);
  return { start, end };
}
