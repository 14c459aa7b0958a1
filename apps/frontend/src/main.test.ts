import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { SAMPLE_BUILDS } from '@buildsrs/web/testing';
import { startFakeBackend } from './testing/fake-backend.ts';
import { runFrontend } from './testing/run-frontend.ts';

const RUNNING = SAMPLE_BUILDS[0]?.id ?? '';

async function started(backend: string) {
  const frontend = runFrontend(['--backend', backend, '--port', '0', '--log-level', 'warn']);
  const { ready, url } = JSON.parse(await frontend.firstLine) as { ready: boolean; url: string };
  expect(ready).toBe(true);
  return { frontend, url };
}

test('the same pages before a remote backend, over real sockets', async () => {
  await using backend = await startFakeBackend();
  const { frontend, url } = await started(backend.url);
  await using _ = frontend;
  const home = await fetch(url);
  expect(home.status).toBe(200);
  expect(home.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await home.text()).toContain('<strong>hexyl</strong>');
  const crate = await fetch(`${url}/crates/hexyl`);
  expect(await crate.text()).toContain('sha256sum -c -');
  const missing = await fetch(`${url}/crates/hexil`);
  expect(missing.status).toBe(404);
  expect(await missing.text()).toContain('There is no crate hexil.');
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});

test('API and files are handed on, uploads are not', async () => {
  await using backend = await startFakeBackend();
  const { frontend, url } = await started(backend.url);
  await using _ = frontend;
  const log = await fetch(`${url}/api/v1/builds/${RUNNING}/log`, { headers: { range: 'bytes=0-9' } });
  expect(log.headers.get('x-range')).toBe('bytes=0-9');
  expect(await log.text()).toContain('Compiling');
  const file = await fetch(`${url}/crates/hexyl/0.16.0/x86_64-unknown-linux-gnu/hexyl.tar.gz`, {
    redirect: 'manual',
  });
  expect([file.status, file.headers.get('location')]).toEqual([302, 'https://objects.example/signed']);
  expect(await (await fetch(`${url}/assets/site-of-another-release.css`)).text()).toBe('/* other */');
  expect((await fetch(`${url}/assets/none.css`)).status).toBe(404);
  const upload = await fetch(`${url}/api/v1/builds/${RUNNING}/artifacts/x`, { method: 'PUT', body: 'x' });
  expect(upload.status).toBe(404);
  expect(backend.seen.filter((request) => request.startsWith('PUT'))).toEqual([]);
});

test('stops with exit code 0 while a live log is open, and ends it', async () => {
  await using backend = await startFakeBackend();
  const { frontend, url } = await started(backend.url);
  await using _ = frontend;
  const live = await fetch(`${url}/builds/${RUNNING}/live?offset=0&line=1`);
  const reader = (live.body as ReadableStream<Uint8Array>).getReader();
  const first = Buffer.from((await reader.read()).value ?? []).toString();
  expect(first).toContain('"line":1');
  expect(first).toContain('the first line');
  frontend.signal('SIGTERM');
  let done = false;
  while (!done) ({ done } = await reader.read());
  expect((await frontend.ended).code).toBe(0);
});

test('starts while the backend is away, and says so', async () => {
  const backend = await startFakeBackend();
  await backend[Symbol.asyncDispose]();
  const { frontend, url } = await started(backend.url);
  await using _ = frontend;
  const home = await fetch(url);
  expect(home.status).toBe(503);
  expect(await home.text()).toContain('cannot be reached');
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  const api = await fetch(`${url}/api/v1/queue`);
  expect(api.status).toBe(503);
  expect(await api.json()).toMatchObject({ code: 'unavailable' });
});

test('a port in use is one sentence and exit code 1', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => {
    other.once('listening', resolve);
  });
  const { port } = other.address() as AddressInfo;
  await using frontend = runFrontend(['--backend', 'http://127.0.0.1:1', '--port', String(port)]);
  const { code, stderr } = await frontend.ended;
  other.close();
  expect(code).toBe(1);
  expect(stderr.trim()).toBe(
    `127.0.0.1:${port} is in use by another program. Stop it, or choose another port with --port (0 takes a free one).`,
  );
});

test('without a backend it says which flag is needed, exit code 2', async () => {
  await using frontend = runFrontend([]);
  const { code, stderr } = await frontend.ended;
  expect(code).toBe(2);
  expect(stderr).toContain('--backend: is needed');
});
