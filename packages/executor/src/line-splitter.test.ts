import { array, assert, integer, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter } from './line-splitter.ts';

describe('LineSplitter', () => {
  it('gives the same lines however the bytes are cut', () => {
    assert(
      property(
        array(string({ maxLength: 12 }).filter((line) => !line.includes('\n'))),
        integer({ min: 1, max: 9 }),
        (lines, size) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const splitter = new LineSplitter(1_000);
          const got: string[] = [];
          for (let at = 0; at < bytes.length; at += size) {
            for (const line of splitter.push(bytes.subarray(at, at + size))) got.push(line.toString());
          }
          expect(splitter.end()).toEqual([]);
          expect(got).toEqual(lines);
        },
      ),
    );
  });

  it('gives a line without end in parts of its limit, and the rest at the end', () => {
    const splitter = new LineSplitter(4);
    expect(splitter.push(Buffer.from('abcdefghij')).map(String)).toEqual(['abcd', 'efgh']);
    expect(splitter.end().map(String)).toEqual(['ij']);
    expect(splitter.end()).toEqual([]);
  });
});
