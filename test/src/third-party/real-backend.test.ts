import { execFile, spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { enrolBuilder } from '@buildsrs/database';
import { createTestDatabase } from '@buildsrs/database/testing';
import { fingerprintOf, formatPublicKey, parsePrivateKey } from '@buildsrs/protocol/ssh';
import { serveRegistryFolder } from '@buildsrs/registry';
import { FIXTURE_REGISTRY_DIR } from '@buildsrs/registry/testing';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startProgram } from '../support/program.ts';
import { skipUnless } from '../support/requirement.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BUILDER = fileURLToPath(new URL('builder.mjs', import.meta.url));
const host = /^host: (.+)$/m.exec(spawnSync('rustc', ['-vV'], { encoding: 'utf8' }).stdout ?? '')?.[1];

interface TaskAnswer {
  readonly status: string;
  readonly failure: unknown;
  readonly artifacts: readonly { readonly url: string }[];
}

test(
  "a builder of somebody else's serves a real backend: asked for, built, downloaded, run",
  {
    timeout: 400_000,
  },
  async (context) => {
    skipUnless(host !== undefined, context, 'a builder needs a Rust toolchain');
    await using stack = new AsyncDisposableStack();
    const folder = mkdtempSync(join(tmpdir(), 'third-party-real-'));
    stack.defer(() => rmSync(folder, { recursive: true, force: true }));
    const database = stack.use(await createTestDatabase());
    const registry = await serveRegistryFolder(FIXTURE_REGISTRY_DIR);
    stack.defer(() => registry.close());

    const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    writeFileSync(join(folder, 'key.pem'), pem, { mode: 0o600 });
    const { publicKey } = parsePrivateKey(pem);
    await enrolBuilder(database.db, {
      name: 'third-party',
      publicKey: formatPublicKey(publicKey),
      fingerprint: fingerprintOf(publicKey),
    });
    await promisify(execFile)(
      process.execPath,
      ['apps/registry-sync/src/main.ts', '--once', '--registry', registry.index, 'hello-buildsrs'],
      { cwd: ROOT, env: { ...process.env, BUILDSRS_DATABASE: database.url } },
    );
    const backend = stack.use(
      await startProgram('apps/backend/src/main.ts', [
        ...[
          '--database',
          database.url,
          '--storage',
          join(folder, 'storage'),
          '--port',
          '0',
          '--log-level',
          'warn',
        ],
      ]),
    );
    const url = backend.ready['url'] as string;
    const builder = spawn(process.execPath, [BUILDER, url, join(folder, 'key.pem'), folder], {
      stdio: 'ignore',
    });
    stack.defer(() => void builder.kill('SIGKILL'));

    await eventually(
      'the builder to connect',
      async () => (await fetch(`${url}/api/v1/builders`)).text(),
      (text) => text.includes('"connected":true'),
    );
    const answer = await fetch(`${url}/api/v1/requests`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ crate: 'hello-buildsrs', version: '0.1.0', targets: [host] }),
    });
    expect(answer.status).toBe(202);
    const { tasks } = (await answer.json()) as { tasks: { id: number }[] };
    const task = await eventually(
      'the artifact',
      async () => (await (await fetch(`${url}/api/v1/tasks/${tasks[0]?.id}`)).json()) as TaskAnswer,
      ({ status }) => status === 'built' || status === 'failed',
      300_000,
    );
    expect(task).toMatchObject({ status: 'built', failure: null });
    const download = await fetch(task.artifacts[0]?.url ?? '');
    writeFileSync(join(folder, 'download.tar.gz'), Buffer.from(await download.arrayBuffer()));
    spawnSync('tar', ['-xzf', 'download.tar.gz'], { cwd: folder });
    expect(spawnSync(join(folder, 'hello-buildsrs'), { encoding: 'utf8' })).toMatchObject({ status: 0 });
  },
);
