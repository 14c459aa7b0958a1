import { canonicalCrateName } from '@buildsrs/common';
import * as v from 'valibot';
import { entryOfLine, IndexLineSchema, type IndexEntry } from './index-entry.ts';
import type { IndexedCrate, SkippedLine } from './index-source.ts';

/** What one index file may be. What is beyond is skipped with a reason, never held in memory. */
export interface IndexFileLimits {
  readonly lineBytes: number;
  readonly lines: number;
  readonly fileBytes: number;
}

const MIB = 1024 * 1024;

/** The largest real lines are some hundred KiB (thousands of features), the largest real files some MiB. */
export const DEFAULT_INDEX_FILE_LIMITS: IndexFileLimits = {
  lineBytes: 2 * MIB,
  lines: 50_000,
  fileBytes: 128 * MIB,
};

/** The newest format of lines we know; cargo ignores newer ones as well (Cargo book, "Index files", `v`). */
const NEWEST_LINE_FORMAT = 2;

/** A line's entry, or why it has none. */
export function parseIndexLine(line: string): IndexEntry | { readonly reason: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { reason: 'it is not JSON' };
  }
  const parsed = v.safeParse(IndexLineSchema, value, { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    return { reason: `${v.getDotPath(issue) ?? 'it'}: ${issue.message}`.slice(0, 300) };
  }
  if ((parsed.output.v ?? 1) > NEWEST_LINE_FORMAT) return { reason: 'its format is newer than we know' };
  return entryOfLine(parsed.output);
}

/** Splits chunks at line ends; a line over the limit has no text and none of it is kept. */
async function* splitLines(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limits: IndexFileLimits,
): AsyncGenerator<{ readonly text: string | undefined } | 'too-long-file', void> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let over = false;
  let total = 0;
  const take = (): { text: string | undefined } => {
    const line = { text: over ? undefined : Buffer.concat(held).toString('utf8') };
    held = [];
    heldBytes = 0;
    over = false;
    return line;
  };
  for await (const chunk of chunks) {
    total += chunk.length;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let start = 0;
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
      hold(bytes.subarray(start, end));
      yield take();
      start = end + 1;
    }
    hold(bytes.subarray(start));
    if (total > limits.fileBytes) {
      yield 'too-long-file';
      return;
    }
  }
  if (heldBytes > 0) yield take();

  function hold(part: Buffer): void {
    heldBytes += part.length;
    over ||= heldBytes > limits.lineBytes;
    if (over) held = [];
    else held.push(part);
  }
}

/**
 * Reads an index file whoever wrote it. Lines that cannot be used are named in `skipped`; the others count. A version
 * that is given twice counts as it was given first.
 *
 * @param name The crate whose file it is, in any spelling; lines of others are skipped.
 */
export async function parseIndexFile(
  name: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limits: IndexFileLimits = DEFAULT_INDEX_FILE_LIMITS,
): Promise<Omit<IndexedCrate, 'name'> & { readonly name: IndexedCrate['name'] | undefined }> {
  const entries = new Map<string, IndexEntry>();
  const skipped: SkippedLine[] = [];
  let number = 0;
  let spelling: IndexedCrate['name'] | undefined;
  for await (const line of splitLines(chunks, limits)) {
    number += 1;
    const skip = (reason: string): void => {
      if (skipped.length < 100) skipped.push({ line: number, reason });
    };
    if (line === 'too-long-file' || number > limits.lines) {
      skip('the file is longer than an index file may be; the rest is left out');
      break;
    }
    if (line.text === undefined) skip(`it is longer than ${limits.lineBytes} bytes`);
    else if (line.text.trim() !== '') {
      const entry = parseIndexLine(line.text);
      if ('reason' in entry) skip(entry.reason);
      else if (canonicalCrateName(entry.name) !== canonicalCrateName(name)) skip('it is of another crate');
      else if (entries.has(entry.version)) skip(`version ${entry.version} is given twice`);
      else {
        entries.set(entry.version, entry);
        spelling = entry.name;
      }
    }
  }
  return { name: spelling, entries: [...entries.values()], skipped };
}
