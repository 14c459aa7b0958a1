import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BuildDetailSchema, VersionDetailSchema, type ExecutorName } from '@buildsrs/common';
import { probeExecutor } from '@buildsrs/executor';
import { startVersitygw, versitygwMissing } from '@buildsrs/storage/testing';
import * as v from 'valibot';
import { describe, expect, it, type TestContext } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { skipUnless } from '../support/requirement.ts';
import { start, startFolder, type StartFolder } from '../support/start-command.ts';

const exec = promisify(execFile);

async function needs(executor: ExecutorName, context: TestContext): Promise<void> {
  const probe = await probeExecutor(executor, { environment: process.env, dataDir: tmpdir() });
  const missing = probe.layers.filter((layer) => layer.needed && layer.state === 'missing');
  const reasons = missing.map((layer) => `${layer.name}: ${layer.detail}`).join('; ');
  skipUnless(probe.usable, context, `the ${executor} executor cannot run here (${reasons})`);
}

/** A store to start with, and how to take it away again. */
interface Store extends AsyncDisposable {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const STORES: Readonly<Record<string, (context: TestContext) => Promise<Store>>> = {
  'a folder': async () => ({ args: [], environment: {}, [Symbol.asyncDispose]: async () => undefined }),
  'a real S3 server': async (context) => {
    const missing = versitygwMissing();
    if (missing !== undefined) context.skip(missing);
    const server = await startVersitygw();
    return {
      args: [`--storage=${server.storageUrl()}`],
      environment: {
        AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};

/** Downloads as a person would, unpacks and runs it; the bytes must be what API, page and `sha256sum` say. */
async function expectItRuns(place: StartFolder, url: string, shown: string): Promise<void> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  const bytes = Buffer.from(await response.arrayBuffer());
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect(shown).toContain(sha256);

  const { origin } = new URL(url);
  const api = await fetch(`${origin}/api/v1/crates/hello-buildsrs/0.2.0`);
  const version = v.parse(VersionDetailSchema, await api.json());
  const artifact = version.artifacts.find((one) => url.endsWith(one.name));
  expect(artifact?.sha256).toBe(sha256);
  const detail = await fetch(`${origin}/api/v1/builds/${artifact?.build}`);
  expect(v.parse(BuildDetailSchema, await detail.json())).toMatchObject({ outcome: 'succeeded' });

  const file = join(place.folder, 'downloaded.tar.gz');
  await writeFile(file, bytes);
  expect((await exec('sha256sum', [file])).stdout).toContain(sha256);
  await exec('tar', ['-xzf', file, '-C', place.folder, '--strip-components=1']);
  expect((await exec(join(place.folder, 'hello-buildsrs'), [])).stdout).toMatch(/hello/i);
}

describe.for(['process', 'sandbox', 'docker'] as const)('the main job on the %s executor', (executor) => {
  it.for(Object.keys(STORES))('with %s as its store', { timeout: 600_000 }, async (name, context) => {
    await needs(executor, context);
    await using store = await (STORES[name] as (context: TestContext) => Promise<Store>)(context);
    await using place = await startFolder();
    const started = start(place, ['hello-buildsrs', `--executor=${executor}`, ...store.args], {
      environment: store.environment,
    });
    try {
      const text = await Promise.race([
        eventually(
          'the end of the build',
          async () => started.stdout(),
          (shown) => shown.includes('Ctrl-C stops it'),
          540_000,
        ),
        started.ended.then((code) => {
          throw new Error(`It ended with ${code}:\n${started.stdout()}${started.stderr()}`);
        }),
      ]);
      const of = (label: string) => new RegExp(`^\\s+${label}\\s+(\\S+)`, 'm').exec(text)?.[1] ?? '';
      await expectItRuns(place, of('download'), of('sha256'));
    } finally {
      started.kill('SIGINT');
      await started.ended;
    }
  });
});
