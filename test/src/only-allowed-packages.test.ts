import { findCrate } from '@buildsrs/database';
import { createTestDatabase } from '@buildsrs/database/testing';
import { parseCrateName } from '@buildsrs/common';
import { BackendSession, channelOfWebSocket, CONNECT_PATH, SUBPROTOCOL } from '@buildsrs/protocol';
import { parsePublicKey } from '@buildsrs/protocol/ssh';
import { MemoryBackend } from '@buildsrs/protocol/testing';
import { serveRegistryFolder } from '@buildsrs/registry';
import { FIXTURE_REGISTRY_DIR } from '@buildsrs/registry/testing';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { isolateApp } from './support/isolated-app.ts';
import { startProgram } from './support/program.ts';
import { skipUnless } from './support/requirement.ts';

const run = promisify(execFile);
const has = async (program: string): Promise<boolean> =>
  await run(program, ['--version']).then(
    () => true,
    () => false,
  );

test('registry-sync --once needs common, registry and database alone', async () => {
  await using app = await isolateApp('registry-sync', ['common', 'registry', 'database']);
  await using database = await createTestDatabase();
  const registry = await serveRegistryFolder(FIXTURE_REGISTRY_DIR);
  try {
    const { stdout } = await run(
      process.execPath,
      [app.main, '--once', '--registry', registry.index, 'hello-buildsrs'],
      {
        env: { PATH: process.env['PATH'], BUILDSRS_DATABASE: database.url },
      },
    );
    expect(JSON.parse(stdout)).toMatchObject({ crates: 1, added: 4, absent: [] });
    expect(await findCrate(database.db, parseCrateName('hello-buildsrs'))).toMatchObject({ latest: '0.2.0' });
  } finally {
    await registry.close();
  }
});

test('the builder needs common, protocol and executor with its registry alone', async (ctx) => {
  skipUnless((await has('cargo')) && (await has('rustc')), ctx, 'a builder needs a Rust toolchain');
  await using app = await isolateApp('builder', ['common', 'protocol', 'registry', 'executor']);
  const data = await mkdtemp(join(tmpdir(), 'buildsrs-only-data-'));
  const backend = new MemoryBackend({ leaseMs: 60_000 });
  const sockets = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    path: CONNECT_PATH,
    handleProtocols: (offered) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
  });
  sockets.on('connection', (socket) => {
    void new BackendSession(
      channelOfWebSocket(socket),
      {
        serverId: 'https://builds.test',
        heartbeatIntervalMs: 10_000,
        leaseMs: 60_000,
        handshakeTimeoutMs: 60_000,
      },
      backend,
    ).ended;
  });
  try {
    const { stdout } = await run(process.execPath, [app.main, '--data', data, '--generate-key']);
    const { publicKey } = JSON.parse(stdout) as { publicKey: string };
    backend.enrol(parsePublicKey(publicKey));
    const url = `http://127.0.0.1:${(sockets.address() as AddressInfo).port}`;
    await using builder = await startProgram(app.main, [
      `--backend=${url}`,
      `--data=${data}`,
      '--executor=process',
      '--allow-unsandboxed',
    ]);
    expect(builder.ready).toMatchObject({ ready: true });
    builder.child.kill('SIGTERM');
    expect(await builder.ended).toBe(0);
  } finally {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
    await rm(data, { recursive: true, force: true });
  }
});

test('an app that imports more than it declares does not start', async () => {
  await expect(isolateApp('registry-sync', ['common', 'registry'])).rejects.toThrow('@buildsrs/database');
});
