import { createReadStream } from 'node:fs';

/** The names of symbol versions as ELF files have them: `GLIBC_2.34`. */
const MARK = /GLIBC_2\.(\d{1,3})/g;
/** Longer than a mark: what may stand across two pieces. */
const OVERLAP = 32;

/** The second number of the newest glibc 2.x a program asks for; 0 when it asks for none. */
export async function glibcWanted(path: string): Promise<number> {
  let newest = 0;
  let rest = '';
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    const text = rest + (piece as Buffer).toString('latin1');
    for (const [, number] of text.matchAll(MARK)) newest = Math.max(newest, Number(number));
    rest = text.slice(-OVERLAP);
  }
  return newest;
}
