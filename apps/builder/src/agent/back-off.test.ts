import { expect, test } from 'vitest';
import { backOffMs, pause } from './back-off.ts';
import { connectUrlOf } from './connect.ts';

test('the bound doubles from half a second to half a minute, and all below it is possible', () => {
  const bounds = Array.from({ length: 9 }, (_, attempt) => backOffMs(attempt, () => 1));
  expect(bounds).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  expect(backOffMs(1e9, () => 0.5)).toBe(15_000);
  expect(backOffMs(3, () => 0)).toBe(0);
});

test('a pause that is called off says so', async () => {
  const abort = new AbortController();
  abort.abort();
  expect(await pause(60_000, abort.signal)).toBe(false);
  expect(await pause(0, new AbortController().signal)).toBe(true);
});

test.each([
  ['http://host:1', 'ws://host:1/api/v1/builders/connect'],
  ['https://host/', 'wss://host/api/v1/builders/connect'],
  ['wss://host/base', 'wss://host/base/api/v1/builders/connect'],
  ['ws://host/api/v1/builders/connect', 'ws://host/api/v1/builders/connect'],
])('%s is connected to at %s', (backend, url) => {
  expect(connectUrlOf(backend)).toBe(url);
});
