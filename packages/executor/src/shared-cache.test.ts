import { join } from 'node:path';
import { parseCrateName, parseVersion, type ExecutorName, type JobResult } from '@buildsrs/common';
import { serveRegistryFolder, type ServedRegistry } from '@buildsrs/registry';
import { makeRegistry, type FixtureVersion } from '@buildsrs/registry/testing';
import { describe, expect, it, type TestContext } from 'vitest';
import { ExecutorFixture } from './testing/executor-fixture.ts';
import { runRecorded } from './testing/run-recorded.ts';
import { sampleJob } from './testing/sample-job.ts';
import { readToolchain } from './toolchain.ts';

const PROGRAM = 'cache-user-buildsrs';
const LIBRARY = 'cached-library-buildsrs';

function crate(name: string, files: Readonly<Record<string, string>>): FixtureVersion {
  const manifest = `[package]\nname = "${name}"\nversion = "1.0.0"\nedition = "2021"\n`;
  return {
    name: parseCrateName(name),
    version: parseVersion('1.0.0'),
    files: Object.entries(files).map(([path, text]) => ({
      path,
      content: Buffer.from(path === 'Cargo.toml' ? `${manifest}${text}` : text),
    })),
  };
}

/** Two registries have a library of one name and version, with different content. */
function versions(says: string): FixtureVersion[] {
  return [
    crate(LIBRARY, { 'Cargo.toml': '', 'src/lib.rs': `pub const SAYS: &str = "${says}";\n` }),
    crate(PROGRAM, {
      'Cargo.toml': `[dependencies]\n${LIBRARY} = "1"\n`,
      'src/main.rs': 'fn main() {\n    println!("{}", cached_library_buildsrs::SAYS);\n}\n',
    }),
  ];
}

interface Registry {
  readonly folder: string;
  readonly registry: ServedRegistry;
}

/** Builds the program from one registry after the other, on one builder, and gives the digest of each program. */
async function buildEach(executor: ExecutorName, context: TestContext, order: string): Promise<string[]> {
  await using fixture = await ExecutorFixture.open(executor);
  const driver = fixture.driverFor(context);
  const { host } = await readToolchain(driver);
  await using closing = new AsyncDisposableStack();
  const registries = new Map<string, Registry>();
  for (const says of new Set(order)) {
    const folder = join(fixture.dataDir, `registry-${says}`);
    await makeRegistry(folder, versions(says));
    const registry = await serveRegistryFolder(folder);
    closing.defer(() => registry.close());
    registries.set(says, { folder, registry });
  }
  const digests: string[] = [];
  for (const says of order) {
    const job = await sampleJob({ ...(registries.get(says) as Registry), crate: PROGRAM, target: host });
    const run = await runRecorded(job, { driver, dataDir: fixture.dataDir });
    expect(run.outcome, run.log).toMatchObject({ status: 'succeeded' });
    const { result } = run.outcome as unknown as { result: JobResult & { kind: 'binary' } };
    digests.push(result.members.find(({ executable }) => executable)?.sha256 ?? 'no program');
  }
  return digests;
}

describe('the cache that builds share', { timeout: 600_000 }, () => {
  it.for(['sandbox', 'docker'] as const)(
    'never gives a build what another registry calls the same, on the %s executor',
    async (executor, context) => {
      // Warm and cold, before and after the other: one program for each content.
      const [a, b, again] = await buildEach(executor, context, 'aba');
      const [cold] = await buildEach(executor, context, 'b');
      expect(again).toBe(a);
      expect(b).not.toBe(a);
      expect(cold).toBe(b);
    },
  );
});
