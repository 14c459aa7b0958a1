import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { choosePort } from './choose-port.ts';

async function listening() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { port: (server.address() as AddressInfo).port, [Symbol.dispose]: () => void server.close() };
}

it('takes the port that was asked for, and any for 0', async () => {
  const free = await listening();
  free[Symbol.dispose]();
  expect(await choosePort(free.port)).toBe(free.port);
  expect(await choosePort(0)).toBeGreaterThan(0);
});

it('refuses one that is in use when it was asked for', async () => {
  using taken = await listening();
  await expect(choosePort(taken.port)).rejects.toMatchObject({ code: 'port-in-use', exitCode: 3 });
});

it('takes another when the usual one is in use', async () => {
  expect(await choosePort(undefined)).toBeGreaterThan(0);
});
