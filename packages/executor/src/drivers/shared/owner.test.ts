import { expect, it } from 'vitest';
import { isOwnerAlive, ownerToken } from './owner.ts';

it('knows a running process by its token, and no other of its number', () => {
  const own = ownerToken();
  expect(isOwnerAlive(own)).toBe(true);
  expect(isOwnerAlive(own.replace(/t\d+$/, 't1'))).toBe(false);
});

it.each(['', 'p1', 'p1t', 'disks', 'p0t0', 'p99999999t5', '../p1t1'])('takes "%s" for nobody', (token) => {
  expect(isOwnerAlive(token)).toBe(false);
});
