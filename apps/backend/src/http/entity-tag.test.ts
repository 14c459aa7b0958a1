import { parseDigest } from '@buildsrs/common';
import { describe, expect, it } from 'vitest';
import { entityTag, matchesEntityTag, rangeStands } from './entity-tag.ts';

const tag = entityTag(parseDigest('ab'.repeat(32)));

describe('matchesEntityTag', () => {
  it.each([tag, `W/${tag}`, `"other", ${tag}`, `"a",W/${tag} , "b"`, '*', ' * '])(
    'knows it in %s',
    (header) => {
      expect(matchesEntityTag(header, tag)).toBe(true);
    },
  );

  it.each([undefined, '', '"other"', tag.slice(0, -2), tag.replaceAll('"', '')])(
    'misses it in %s',
    (header) => {
      expect(matchesEntityTag(header, tag)).toBe(false);
    },
  );
});

describe('rangeStands', () => {
  it('holds without a condition and for the same tag', () => {
    expect(rangeStands(undefined, tag)).toBe(true);
    expect(rangeStands(tag, tag)).toBe(true);
  });

  it.each(['"other"', `W/${tag}`, 'Wed, 21 Oct 2015 07:28:00 GMT'])('falls for %s', (header) => {
    expect(rangeStands(header, tag)).toBe(false);
  });
});
