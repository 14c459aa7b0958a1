import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolViolation } from './close-codes.ts';
import { parseStrictJson } from './strict-json.ts';
import { fuzzRuns } from './testing/index.ts';

function wordOf(text: string, maxDepth = 16): string {
  try {
    parseStrictJson(text, maxDepth);
    return 'parsed';
  } catch (error) {
    return error instanceof ProtocolViolation ? error.word : 'crashed';
  }
}

describe('strict JSON', () => {
  test.each([
    ['', 'not-json'],
    ['{', 'not-json'],
    ['"', 'not-json'],
    ['"\\', 'not-json'],
    ['"\\"', 'not-json'],
    ['{"a":1}x', 'not-json'],
    ['{"a":NaN}', 'not-json'],
    ['{"a":"\\x"}', 'not-json'],
    ['\ufeff{}', 'not-json'],
    ['{"a":1,"a":2}', 'duplicate-key'],
    ['{"type":"x","t\\u0079pe":"y"}', 'duplicate-key'],
    ['{"a" \n:1, "b":{"a":1,"a":1}}', 'duplicate-key'],
    ['{"__proto__":{}}', 'forbidden-key'],
    ['{"\\u005f_proto__":{}}', 'forbidden-key'],
    ['{"a":"\\ud800"}', 'bad-text'],
    ['{"\\udc00":1}', 'bad-text'],
    ['{"a":"\ud800"}', 'bad-text'],
    ['['.repeat(17) + ']'.repeat(17), 'too-deep'],
    ['['.repeat(1_000_000), 'too-deep'],
    ['{"a":'.repeat(200_000), 'too-deep'],
    ['['.repeat(16) + ']'.repeat(16), 'parsed'],
    ['{"a":{"a":["a","a",{"a":"a"}]},"b":"a"}', 'parsed'],
    ['{"a":"\\ud83d\\ude00","b":"😀","c":"__proto__"}', 'parsed'],
    ['{"a\\"":1,"a\\\\":2,"a":3}', 'parsed'],
    [']]}}', 'not-json'],
  ])('%j is %s', (text, word) => {
    expect(wordOf(text)).toBe(word);
  });

  test('gives what JSON.parse gives for every value it lets through', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (text) => {
        const word = wordOf(text);
        expect(word === 'parsed' ? parseStrictJson(text, 16) : word).toEqual(
          word === 'parsed' ? JSON.parse(text) : 'forbidden-key',
        );
      }),
      fuzzRuns(500),
    );
  });

  test('never throws anything but a violation, whatever text it gets', () => {
    const soup = fc.array(
      fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', 'a', '\\u', 'd800', '1', ' ', '__proto__'),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(soup, (parts) => {
        expect(wordOf(parts.join(''), 6)).not.toBe('crashed');
      }),
      fuzzRuns(3_000),
    );
  });

  test('finds every repeated name, however it is written', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
    const escapeAll = (text: string) =>
      Array.from(
        { length: text.length },
        (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`,
      ).join('');
    fc.assert(
      fc.property(name, fc.json({ maxDepth: 2 }), (key, value) => {
        fc.pre(key !== '__proto__' && wordOf(value) === 'parsed');
        const text = `{${JSON.stringify(key)}:${value},"${escapeAll(key)}":${value}}`;
        expect(wordOf(text)).toBe('duplicate-key');
      }),
      fuzzRuns(300),
    );
  });
});
