import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { BuildInfoSchema, failure, parseCrateName, parseVersion, type JobResult } from '@buildsrs/common';
import { serveRegistryFolder, type ServedRegistry } from '@buildsrs/registry';
import { FIXTURE_REGISTRY_DIR, makeRegistry } from '@buildsrs/registry/testing';
import { unpackTar } from 'modern-tar';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { ExecutorDriver } from './driver.ts';
import { JobFailedError } from './errors.ts';
import { ExecutorFixture } from './testing/executor-fixture.ts';
import { runRecorded, type RecordedRun } from './testing/run-recorded.ts';
import { sampleJob, type SampleJobOptions } from './testing/sample-job.ts';
import { readToolchain } from './toolchain.ts';

describe('runJob on the process executor', () => {
  let fixture: ExecutorFixture;
  let registry: ServedRegistry;

  beforeAll(async () => {
    fixture = await ExecutorFixture.open('process');
    registry = await serveRegistryFolder(FIXTURE_REGISTRY_DIR);
  });
  afterAll(async () => {
    await registry.close();
    await fixture[Symbol.asyncDispose]();
  });

  function driverOf(context: TestContext): ExecutorDriver {
    return fixture.driverFor(context);
  }

  async function job(context: TestContext, options: Partial<SampleJobOptions> & { crate: string }) {
    const { host } = await readToolchain(driverOf(context));
    return sampleJob({ folder: FIXTURE_REGISTRY_DIR, registry, target: host, ...options });
  }

  function resultOf(run: RecordedRun): JobResult & { kind: 'binary' } {
    expect(run.outcome, run.log).toMatchObject({ status: 'succeeded', result: { kind: 'binary' } });
    return (run.outcome as { result: JobResult }).result as JobResult & { kind: 'binary' };
  }

  async function expectNothingLeft(): Promise<void> {
    expect(await readdir(join(fixture.dataDir, 'builds'))).toEqual([]);
    expect(await readdir(join(fixture.dataDir, 'outputs'))).toEqual([]);
  }

  it('makes of a crate an archive with its program, licence and readme, and complete build info', async (context) => {
    const sample = await job(context, { crate: 'hello-buildsrs', version: '0.2.0' });
    const run = await runRecorded(sample, { driver: driverOf(context), dataDir: fixture.dataDir });
    const { artifacts, members, info } = resultOf(run);

    expect(run.stages).toEqual(['fetch', 'resolve', 'build', 'package', 'upload']);
    const folder = `hello-buildsrs-0.2.0-${sample.target}`;
    expect(artifacts.map(({ name }) => name)).toEqual([`${folder}.tar.gz`, 'build-info.json']);
    expect(members.map(({ path, executable }) => [path, executable])).toEqual([
      [`${folder}/LICENSE`, false],
      [`${folder}/README.md`, false],
      [`${folder}/hello-buildsrs`, true],
    ]);

    const archive = run.files.get(`${folder}.tar.gz`) ?? Buffer.alloc(0);
    const unpacked = await unpackTar(gunzipSync(archive));
    const program = unpacked.find(({ header }) => header.name.endsWith('/hello-buildsrs'));
    expect(
      createHash('sha256')
        .update(program?.data ?? '')
        .digest('hex'),
    ).toBe(members[2]?.sha256);

    const stored = v.parse(BuildInfoSchema, JSON.parse((run.files.get('build-info.json') ?? '').toString()));
    expect(stored).toEqual(info);
    expect(info.inputs).toMatchObject({
      source: { crate: 'hello-buildsrs', version: '0.2.0', checksum: sample.checksum },
      command: { bins: ['hello-buildsrs'], defaultFeatures: true },
      lockfile: { origin: 'published' },
      image: { kind: 'process' },
    });
    expect(JSON.stringify(info.inputs)).not.toContain(fixture.dataDir);
    expect(Object.keys(info.observed.stageMs)).toEqual(['fetch', 'resolve', 'build', 'package']);
    expect(run.log).toMatch(/builds\.rs: \d packages? to compile/);
    await expectNothingLeft();
  });

  it('takes every program that the default features give, and no other', async (context) => {
    const run = await runRecorded(await job(context, { crate: 'two-programs-buildsrs' }), {
      driver: driverOf(context),
      dataDir: fixture.dataDir,
    });
    const { members, info } = resultOf(run);
    const programs = members.filter(({ executable }) => executable).map(({ path }) => path.split('/')[1]);
    expect(programs).toEqual([...info.inputs.command.bins]);
    expect(programs).toHaveLength(2);
  });

  it.for([
    ['no-lockfile-buildsrs', /^$/],
    ['stale-lockfile-buildsrs', /greeting-buildsrs/],
  ] as const)('generates a lock file for %s and records why', async ([crate, reason], context) => {
    const sample = await job(context, { crate });
    const run = await runRecorded(sample, { driver: driverOf(context), dataDir: fixture.dataDir });
    const { lockfile } = resultOf(run).info.inputs;
    expect(lockfile.origin).toBe('generated');
    expect(lockfile.reason ?? '').toMatch(reason);
  });

  it('generates a lock file when a dependency the published one names does not compile', async (context) => {
    const version = (name: string, number: string, files: Record<string, string>, manifest = '') => ({
      name: parseCrateName(name),
      version: parseVersion(number),
      files: Object.entries({
        'Cargo.toml': `[package]\nname = "${name}"\nversion = "${number}"\nedition = "2021"\n${manifest}`,
        ...files,
      }).map(([path, content]) => ({ path, content: Buffer.from(content) })),
    });
    const lock = [
      'version = 3\n',
      '[[package]]\nname = "aged"\nversion = "1.0.0"\ndependencies = ["breaking"]\n',
      '[[package]]\nname = "breaking"\nversion = "1.0.0"',
      'source = "registry+https://github.com/rust-lang/crates.io-index"',
      'checksum = "{{checksum breaking 1.0.0}}"\n',
    ].join('\n');
    const folder = join(fixture.dataDir, 'aged-registry');
    await makeRegistry(folder, [
      version('breaking', '1.0.0', { 'src/lib.rs': 'pub fn number() -> u32 { "seven" }' }),
      version('breaking', '1.0.1', { 'src/lib.rs': 'pub fn number() -> u32 { 7 }' }),
      version(
        'aged',
        '1.0.0',
        { 'src/main.rs': 'fn main() { println!("{}", breaking::number()); }', 'Cargo.lock': lock },
        '[dependencies]\nbreaking = "1"\n',
      ),
    ]);
    const served = await serveRegistryFolder(folder);
    try {
      const sample = await job(context, { crate: 'aged', folder, registry: served });
      const run = await runRecorded(sample, { driver: driverOf(context), dataDir: fixture.dataDir });
      const { info } = resultOf(run);
      expect(info.inputs.lockfile).toMatchObject({
        origin: 'generated',
        reason: 'breaking 1.0.0 of the published Cargo.lock does not compile',
      });
      expect(info.inputs.dependencies.map(({ version: used }) => used)).toEqual(['1.0.1']);
      // Told once each and in order, although fetch and resolve were done twice.
      expect(run.stages).toEqual(['fetch', 'resolve', 'build', 'package', 'upload']);
      await expectNothingLeft();
    } finally {
      await served.close();
    }
  });

  it('reads the facts of a crate without running anything', async (context) => {
    const sample = await job(context, { crate: 'library-buildsrs', kind: 'metadata', target: 'generic' });
    const run = await runRecorded(sample, { driver: driverOf(context), dataDir: fixture.dataDir });
    expect(run.outcome).toMatchObject({
      status: 'succeeded',
      result: { kind: 'metadata', facts: { binaries: [], library: ['lib'] } },
    });
    expect(run.stages).toEqual(['fetch', 'resolve']);
    expect(run.files.size).toBe(0);
  });

  it('refuses a kind it does not know, as a fault of ours', async (context) => {
    const sample = await job(context, { crate: 'hello-buildsrs', kind: 'debian' });
    const run = await runRecorded(sample, { driver: driverOf(context), dataDir: fixture.dataDir });
    expect(run.outcome).toMatchObject({
      status: 'failed',
      failure: { kind: 'executor-error', retryable: true },
    });
  });

  it.for(['fetch', 'build', 'upload'] as const)('ends as cancelled in stage %s', async (stage, context) => {
    const sample = await job(context, { crate: 'hello-buildsrs' });
    const abort = new AbortController();
    const run = await runRecorded(sample, {
      driver: driverOf(context),
      dataDir: fixture.dataDir,
      signal: abort.signal,
      onStage: (begun) => {
        if (begun === stage) abort.abort();
      },
    });
    expect(run.outcome).toEqual({ status: 'cancelled' });
    expect(run.files.size).toBe(0);
    await expectNothingLeft();
  });

  it('says what went wrong with an upload, or what its program says', async (context) => {
    const sample = await job(context, { crate: 'hello-buildsrs' });
    const options = { driver: driverOf(context), dataDir: fixture.dataDir };
    const broken = async (): Promise<never> => Promise.reject(new Error('the backend is away'));
    expect((await runRecorded(sample, { ...options, upload: broken })).outcome).toMatchObject({
      status: 'failed',
      failure: {
        kind: 'upload-error',
        retryable: true,
        message: expect.stringContaining('the backend is away'),
      },
    });
    const lost = async (): Promise<never> =>
      Promise.reject(new JobFailedError(failure('builder-lost', 'The lease is lost.')));
    expect((await runRecorded(sample, { ...options, upload: lost })).outcome).toMatchObject({
      failure: { kind: 'builder-lost' },
    });
    await expectNothingLeft();
  });

  it('holds the log to its limit', async (context) => {
    const sample = await job(context, { crate: 'hello-buildsrs', limits: { logBytes: 300 } });
    const run = await runRecorded(sample, { driver: driverOf(context), dataDir: fixture.dataDir });
    resultOf(run);
    expect(run.log).toContain('bytes were cut here');
    expect(run.log).toContain('sha256');
    expect(Buffer.byteLength(run.log)).toBeLessThan(600);
  });
});
