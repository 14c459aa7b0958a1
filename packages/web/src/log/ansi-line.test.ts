import { array, assert, constantFrom, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ansiLine } from './ansi-line.ts';
import { PLAIN } from './sgr.ts';

const lineOf = (text: string) => ansiLine(text, PLAIN).line;
const textOf = (text: string) =>
  lineOf(text)
    .map((span) => span.text)
    .join('');

describe('styles', () => {
  test.each([
    [
      '\u001b[1;31merror\u001b[0m: x',
      [
        ['error', 'bold fg1'],
        [': x', ''],
      ],
    ],
    ['\u001b[1m\u001b[38;5;9merror\u001b[0m', [['error', 'bold fg9']]],
    ['\u001b[92mok\u001b[39m', [['ok', 'fg10']]],
    ['\u001b[38;2;255;0;0mred\u001b[m', [['red', 'fg9']]],
    ['\u001b[38;5;196mred', [['red', 'fg9']]],
    ['\u001b[38;5;250mgrey', [['grey', 'fg7']]],
    ['\u001b[44;97mx', [['x', 'fg15 bg4']]],
    [
      '\u001b[3;4;9;2mx\u001b[23;24;29;22my',
      [
        ['x', 'dim italic underline strike'],
        ['y', ''],
      ],
    ],
    [
      '\u001b[7mx\u001b[27my',
      [
        ['x', 'inverse'],
        ['y', ''],
      ],
    ],
    ['\u001b[1ma\u001b[1mb', [['ab', 'bold']]],
    ['\u001b[38;5;999mx', [['x', '']]],
    ['\u001b[123456mx', [['x', '']]],
  ])('%j', (text, spans) => {
    expect(lineOf(text).map((span) => [span.text, span.classes])).toEqual(spans);
  });

  test('go on in the next line', () => {
    const first = ansiLine('\u001b[31mred', PLAIN);
    expect(ansiLine('still', first.style).line).toEqual([{ text: 'still', classes: 'fg1' }]);
  });
});

describe('what a terminal would obey', () => {
  test.each([
    ['moves and erases', '\u001b[2J\u001b[1;1Ha\u001b[Kb\u001b[?25lc', 'abc'],
    ['a title', '\u001b]0;evil\u0007x', 'x'],
    ['a title that never ends', 'a\u001b]0;evil and the rest', 'a'],
    ['a title cut by another sequence', '\u001b]0;evil\u001b[31mx', 'x'],
    ['a device control string', '\u001bP1$r\u001b\\x', 'x'],
    ['a character set', '\u001b(Bx\u001b)0y', 'xy'],
    ['a reset', '\u001bcx', 'x'],
    ['a lone escape at the end', 'x\u001b', 'x'],
    ['a sequence cut short', 'x\u001b[31', 'x'],
    ['progress bars', ' 1/3\r 2/3\r 3/3\r\n'.trimEnd(), ' 3/3'],
    ['a Windows line end', 'text\r', 'text'],
    ['NUL, backspace, bell', 'a\u0000\u0008\u0007b', 'a␀␈␇b'],
    ['C1 controls', 'a\u009b31mb', 'a\ufffd31mb'],
    ['text turned round', 'a\u202eb\u2066c', 'a[U+202E]b[U+2066]c'],
    ['a tab stays', 'a\tb', 'a\tb'],
  ])('%s', (_, text, expected) => {
    expect(textOf(text)).toBe(expected);
  });
});

describe('links', () => {
  const link = (uri: string) => lineOf(`\u001b]8;;${uri}\u001b\\E0308\u001b]8;;\u001b\\ rest`);

  test('to the Rust documentation are links, and end where they end', () => {
    expect(link('https://doc.rust-lang.org/error_codes/E0308.html')).toEqual([
      { text: 'E0308', classes: '', href: 'https://doc.rust-lang.org/error_codes/E0308.html' },
      { text: ' rest', classes: '' },
    ]);
  });

  test.each([
    'https://evil.example/',
    'http://doc.rust-lang.org/',
    'https://doc.rust-lang.org@evil.example/',
    'https://doc.rust-lang.org:444/',
    'javascript:alert(1)',
    'file:///etc/passwd',
    '',
  ])('to %j are text', (uri) => {
    expect(link(uri)).toEqual([{ text: 'E0308 rest', classes: '' }]);
  });
});

describe('limits', () => {
  test('a colour per letter ends in plain text', () => {
    const text = Array.from({ length: 2_000 }, (_, index) => `\u001b[3${index % 8}mx`).join('');
    expect(lineOf(text).length).toBeLessThanOrEqual(402);
    expect(textOf(text)).toBe('x'.repeat(2_000));
  });

  test('a line of a megabyte is cut and says so', () => {
    const shown = textOf('x'.repeat(1_000_000));
    expect(shown.length).toBeLessThan(8_100);
    expect(shown).toContain('left out');
  });

  test('a line of unfinished sequences is read once, not again and again', () => {
    expect(textOf('\u001b]8;;'.repeat(200_000))).toBe('');
    expect(textOf(`${'\u001b]8;;a'.repeat(100_000)}\u001b[`)).toBe('');
  });
});

test('whatever is printed, nothing of it acts', () => {
  const pieces = constantFrom(
    '\u001b',
    '[',
    ']',
    '8;;',
    '31m',
    '\u0007',
    '\\',
    '\r',
    'a',
    '<b>',
    '\u0000',
    '\u202e',
    '\u009b',
  );
  assert(
    property(array(pieces, { maxLength: 60 }), string({ unit: 'binary' }), (known, unknown) => {
      for (const { text, classes } of lineOf(known.join('') + unknown)) {
        expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
        expect(classes).toMatch(/^(?:[a-z]+\d{0,2} ?)*$/);
      }
    }),
  );
});
