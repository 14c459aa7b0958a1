import { expect, test } from 'vitest';
import { contentDisposition } from './content-disposition.ts';

test.each([
  ['ripgrep-14.1.0.tar.gz', 'attachment; filename="ripgrep-14.1.0.tar.gz"'],
  ['a"b\r\nc', `attachment; filename="a_b__c"; filename*=UTF-8''a%22b%0D%0Ac`],
  ['größe (1).txt', `attachment; filename="gr__e__1_.txt"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%281%29.txt`],
])('%j', (name, header) => {
  expect(contentDisposition(name)).toBe(header);
});
