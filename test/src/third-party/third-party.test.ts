import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { TestBackend } from '@buildsrs/builder/testing';
import { digestFromHeader, type Job, type JobResult } from '@buildsrs/common';
import { testJob } from '@buildsrs/protocol/testing';
import { parsePrivateKey } from '@buildsrs/protocol/ssh';
import { serveRegistryFolder, type ServedRegistry } from '@buildsrs/registry';
import { FIXTURE_REGISTRY_DIR } from '@buildsrs/registry/testing';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { skipUnless } from '../support/requirement.ts';

const BUILDER = fileURLToPath(new URL('builder.mjs', import.meta.url));
const CRATE = join(FIXTURE_REGISTRY_DIR, 'crates/hello-buildsrs/hello-buildsrs-0.1.0.crate');
const rustc = spawnSync('rustc', ['-vV'], { encoding: 'utf8' });
const host = /^host: (.+)$/m.exec(rustc.stdout ?? '')?.[1];

let folder: string;
let registry: ServedRegistry;
let backend: TestBackend;
let builder: ChildProcess | undefined;
let output = '';
const uploads = new Map<string, { bytes: Buffer; authorization?: string }>();

async function keepUpload(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const bytes = await buffer(request);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const named = digestFromHeader(String(request.headers['repr-digest'] ?? ''));
  const { authorization } = request.headers;
  uploads.set(request.url?.split('/').at(-1) ?? '', { bytes, authorization });
  response.writeHead(named === sha256 ? 201 : 422).end();
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'third-party-'));
  registry = await serveRegistryFolder(FIXTURE_REGISTRY_DIR);
  backend = await new TestBackend().listen();
  backend.onUpload = (request, response) => void keepUpload(request, response);
  const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
  writeFileSync(join(folder, 'key.pem'), pem, { mode: 0o600 });
  backend.memory.enrol(parsePrivateKey(pem).publicKey);
  if (host === undefined) return;
  builder = spawn(process.execPath, [BUILDER, backend.url, join(folder, 'key.pem'), folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  builder.stderr?.on('data', (data: Buffer) => {
    output += data.toString();
  });
});
afterAll(async () => {
  builder?.kill('SIGKILL');
  await backend[Symbol.asyncDispose]();
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach((context) => skipUnless(host !== undefined, context, 'there is no Rust toolchain'));

function jobOf(kind: 'metadata' | 'binary'): Job {
  return testJob({
    kind,
    crate: 'hello-buildsrs',
    version: '0.1.0',
    target: kind === 'binary' ? host : 'generic',
    checksum: createHash('sha256').update(readFileSync(CRATE)).digest('hex'),
    registry: { index: registry.index, crateUrl: `${registry.url}/crates/hello-buildsrs/0.1.0/download` },
    uploadUrl: `${backend.url}/artifacts`,
  });
}

async function resultOf(job: Job) {
  backend.memory.queue.push(job);
  backend.wake();
  await vi.waitFor(
    () => {
      backend.wake();
      if (builder?.exitCode !== null) throw new Error(`the builder ended: ${output}`);
      if (backend.memory.builds.get(job.build)?.state !== 'recorded') throw new Error('not recorded yet');
    },
    { timeout: 240_000, interval: 100 },
  );
  return backend.memory.builds.get(job.build);
}

test('a builder written from the README alone, in under 150 lines, uses no package of ours', () => {
  const source = readFileSync(BUILDER, 'utf8');
  expect(source.split('\n').length).toBeLessThanOrEqual(150);
  const imported = [...source.matchAll(/from '([^']+)'|import\('([^']+)'\)/g)].map(
    (match) => match[1] ?? match[2],
  );
  expect(imported.filter((name) => name?.startsWith('node:') !== true)).toEqual([]);
});

test('it says what the sample crate holds', { timeout: 300_000 }, async () => {
  const held = await resultOf(jobOf('metadata'));
  expect(held?.result).toMatchObject({
    kind: 'metadata',
    facts: { binaries: [{ name: 'hello-buildsrs', requiredFeatures: [], default: true }], lockfile: true },
  });
  expect(held?.stages).toEqual(['fetch', 'resolve']);
});

test('it builds the sample crate, and what it uploaded runs', { timeout: 300_000 }, async () => {
  const job = jobOf('binary');
  const held = await resultOf(job);
  const result = held?.result as Extract<JobResult, { kind: 'binary' }>;
  expect(result).toMatchObject({ kind: 'binary', members: [{ path: 'hello-buildsrs', executable: true }] });
  expect(held?.log.toString()).toContain('Compiling hello-buildsrs v0.1.0');
  const [artifact] = result.artifacts;
  const upload = uploads.get(artifact?.name ?? '');
  expect(upload?.authorization).toBe(`Bearer ${job.lease.token}`);
  expect(artifact).toMatchObject({
    size: upload?.bytes.length,
    sha256: createHash('sha256')
      .update(upload?.bytes ?? '')
      .digest('hex'),
  });
  writeFileSync(join(folder, 'archive.tar.gz'), upload?.bytes ?? '');
  spawnSync('tar', ['-xzf', 'archive.tar.gz'], { cwd: folder });
  expect(spawnSync(join(folder, 'hello-buildsrs'), { encoding: 'utf8' })).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/hello/i),
  });
});
