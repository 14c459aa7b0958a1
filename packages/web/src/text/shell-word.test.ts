import { execFileSync } from 'node:child_process';
import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { powershellWord, shellWord } from './shell-word.ts';

test.each(["it's", '$(id)', '`id`', 'a b', '"', '\\', '*', '~', '', '#x', '!x', 'a\nb'])(
  'a shell takes %j as it is',
  (text) => {
    expect(execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`]).toString()).toBe(text);
  },
);

test('what needs no quotes has none', () => {
  expect(shellWord('https://builds.example/a-1.0_x.tar.gz')).toBe('https://builds.example/a-1.0_x.tar.gz');
});

test('PowerShell sees one literal: every quote within is doubled, the typographic ones too', () => {
  assert(
    property(string({ unit: 'binary' }), (text) => {
      expect(
        powershellWord(text)
          .slice(1, -1)
          .replaceAll(/(['\u2018-\u201b])\1/g, ''),
      ).not.toMatch(/['\u2018-\u201b]/);
    }),
  );
});
