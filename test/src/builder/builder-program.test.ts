import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TestBackend } from '@buildsrs/builder/testing';
import type { Job, JobResult } from '@buildsrs/common';
import { testJob, type MemoryBuild } from '@buildsrs/protocol/testing';
import { parsePublicKey } from '@buildsrs/protocol/ssh';
import { serveRegistryFolder, type ServedRegistry } from '@buildsrs/registry';
import { FIXTURE_REGISTRY_DIR } from '@buildsrs/registry/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startProgram } from '../support/program.ts';
import { skipUnless } from '../support/requirement.ts';

const MAIN = fileURLToPath(new URL('../../../apps/builder/src/main.ts', import.meta.url));
const host = /^host: (.+)$/m.exec(spawnSync('rustc', ['-vV'], { encoding: 'utf8' }).stdout ?? '')?.[1];

let folder: string;
let registry: ServedRegistry;
let backend: TestBackend;
const uploads = new Map<string, Buffer>();

beforeEach(async (context) => {
  skipUnless(host !== undefined, context, 'a builder needs a Rust toolchain');
  folder = mkdtempSync(join(tmpdir(), 'builder-program-'));
  registry = await serveRegistryFolder(FIXTURE_REGISTRY_DIR);
  backend = await new TestBackend().listen();
  backend.onUpload = (request, response) =>
    void buffer(request).then((bytes) => {
      uploads.set(request.url?.split('/').at(-1) ?? '', bytes);
      response.writeHead(201).end();
    });
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, '--data', folder, '--generate-key']);
  backend.memory.enrol(parsePublicKey((JSON.parse(stdout) as { publicKey: string }).publicKey));
});
afterEach(async () => {
  await backend?.[Symbol.asyncDispose]();
  await registry?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const startBuilder = (...args: string[]) =>
  startProgram(MAIN, [
    `--backend=${backend.url}`,
    `--data=${folder}`,
    '--executor=process',
    '--allow-unsandboxed',
    ...args,
  ]);

function jobOf(crate: string, version: string, kind: 'metadata' | 'binary'): Job {
  const bytes = readFileSync(join(FIXTURE_REGISTRY_DIR, 'crates', crate, `${crate}-${version}.crate`));
  return testJob({
    kind,
    crate,
    version,
    target: kind === 'binary' ? host : 'generic',
    checksum: createHash('sha256').update(bytes).digest('hex'),
    registry: { index: registry.index, crateUrl: `${registry.url}/crates/${crate}/${version}/download` },
    uploadUrl: `${backend.url}/artifacts`,
  });
}

async function recorded(job: Job) {
  backend.memory.queue.push(job);
  return eventually(
    `a result of ${job.crate}`,
    async () => {
      backend.wake();
      return backend.memory.builds.get(job.build);
    },
    (held) => held?.state === 'recorded',
    240_000,
  ) as Promise<MemoryBuild>;
}

test(
  'the program builds jobs with the real executor, and SIGTERM ends it',
  { timeout: 300_000 },
  async () => {
    await using builder = await startBuilder();
    expect(builder.ready).toEqual({ ready: true, builder: { id: 1, name: 'builder-1' }, targets: [host] });

    const facts = await recorded(jobOf('hello-buildsrs', '0.1.0', 'metadata'));
    expect(facts.result).toMatchObject({
      kind: 'metadata',
      facts: { binaries: [{ name: 'hello-buildsrs' }] },
    });

    const built = await recorded(jobOf('hello-buildsrs', '0.1.0', 'binary'));
    const { artifacts } = built.result as Extract<JobResult, { kind: 'binary' }>;
    const [artifact] = artifacts;
    const bytes = uploads.get(artifact?.name ?? '') ?? Buffer.alloc(0);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(artifact?.sha256);
    expect(built.stages).toEqual(['fetch', 'resolve', 'build', 'package', 'upload']);
    expect(built.log.toString()).toMatch(/Compiling.* hello-buildsrs v0\.1\.0/);
    writeFileSync(join(folder, 'archive.tar.gz'), bytes);
    const listing = spawnSync('tar', ['-tzf', join(folder, 'archive.tar.gz')], { encoding: 'utf8' }).stdout;
    expect(listing).toContain('hello-buildsrs');

    const broken = await recorded(jobOf('does-not-compile-buildsrs', '1.0.0', 'binary'));
    expect(broken.result).toMatchObject({ kind: 'compiler-error' });

    builder.child.kill('SIGTERM');
    expect(await builder.ended).toBe(0);
  },
);

test(
  'told to stop at once, it gives a running build back and leaves no process and no folder',
  { timeout: 300_000 },
  async () => {
    await using builder = await startBuilder('--drain-timeout=0s');
    // A build that does not end by itself: its `.crate` never arrives.
    const job = { ...jobOf('hello-buildsrs', '0.1.0', 'binary'), uploadUrl: `${backend.url}/stuck` };
    backend.onUpload = () => undefined;
    const stuck: Job = { ...job, registry: { ...job.registry, crateUrl: `${backend.url}/never` } };
    backend.memory.queue.push(stuck);
    backend.wake();
    await eventually(
      'the build to begin',
      async () => backend.memory.builds.get(stuck.build)?.stages,
      (stages) => stages?.includes('fetch') === true,
    );
    builder.child.kill('SIGTERM');
    expect(await builder.ended).toBe(0);
    const given = backend.memory.calls.filter((call) => call.startsWith(`declined ${stuck.build}`));
    expect(given).toEqual([`declined ${stuck.build} the builder stops`]);
    const left = readdirSync(folder, { recursive: true }).filter((name) =>
      String(name).includes(stuck.build),
    );
    expect(left).toEqual([]);
  },
);

test('an unknown key ends the program with a sentence', { timeout: 300_000 }, async () => {
  backend.memory.enrolled.clear();
  await expect(startBuilder()).rejects.toThrow(
    /ended with 1 before it was ready[^]*This key is not enrolled/,
  );
});
