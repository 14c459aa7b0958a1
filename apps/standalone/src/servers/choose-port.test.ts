import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { choosePort } from './choose-port.ts';

async function listening() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { port: (server.address() as AddressInfo).port, [Symbol.dispose]: () => void server.close() };
}

it('takes the port that was asked for, and leaves the choice to the backend for 0', async () => {
  const free = await listening();
  free[Symbol.dispose]();
  expect(await choosePort(free.port)).toBe(free.port);
  expect(await choosePort(0)).toBe(0);
});

it('refuses one that is in use when it was asked for', async () => {
  using taken = await listening();
  await expect(choosePort(taken.port)).rejects.toMatchObject({ code: 'port-in-use', exitCode: 3 });
});

it('takes the usual one, and any other when that is in use', async () => {
  const usual = await listening();
  expect(await choosePort(undefined, usual.port)).toBe(0);
  usual[Symbol.dispose]();
  expect(await choosePort(undefined, usual.port)).toBe(usual.port);
});
