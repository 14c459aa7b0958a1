import { expect, it } from 'vitest';
import { mediaTypeOf } from './media-type.ts';

it.each([
  ['a-1.0.0.tar.gz', 'application/gzip'],
  ['a.zip', 'application/zip'],
  ['a.html', 'application/octet-stream'],
  ['a.svg', 'application/octet-stream'],
  ['a', 'application/octet-stream'],
])('%s is %s', (name, expected) => {
  expect(mediaTypeOf(name)).toBe(expected);
});
