import { createHash } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCrateName, parseVersion, type BuilderId, type CrateName, type Version } from '@buildsrs/common';
import { enrolBuilder, requestTask, setVersionFacts } from '@buildsrs/database';
import { createTestDatabase, seedVersion, TEST_TARGET, type TestDatabase } from '@buildsrs/database/testing';
import { fingerprintOf, formatPrivateKey, formatPublicKey, generateBuilderKey } from '@buildsrs/protocol/ssh';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeArtifact } from '../fakes/fake-build.ts';
import { startBalancer } from '../support/balancer.ts';
import { eventually } from '../support/eventually.ts';
import { startProgram, type Program } from '../support/program.ts';

const TASKS = 200;
/** Short, so that what a killed builder held is given up while the test waits; renewed every third of it. */
const LEASE = '6s';

let folder = '';
let database: TestDatabase;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'buildsrs-exactly-once-'));
  database = await createTestDatabase();
});
afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function seedTasks(): Promise<{ crate: CrateName; version: Version }[]> {
  const seeded = [];
  for (let count = 0; count < TASKS; count += 1) {
    const crate = parseCrateName(`crate-${count}`);
    const versionId = await seedVersion(database.db, crate);
    await setVersionFacts(database.db, versionId, {
      binaries: [{ name: crate, requiredFeatures: [], default: true }],
      library: [],
      features: [],
      defaultFeatures: [],
      lockfile: true,
    });
    await requestTask(database.db, { versionId, kind: 'binary', target: TEST_TARGET, origin: 'request' });
    seeded.push({ crate, version: parseVersion('1.0.0') });
  }
  return seeded;
}

/** Two backends behind one address, which is what builders upload to: a job outlives the backend that handed it out. */
async function startBackends(stack: AsyncDisposableStack): Promise<{ url: string; backends: Program[] }> {
  const ports: number[] = [];
  const balancer = stack.use(await startBalancer(ports));
  const backends: Program[] = [];
  for (let count = 0; count < 2; count += 1) {
    const backend = await startProgram('apps/backend/src/main.ts', [
      ...['--database', database.url, '--storage', join(folder, 'storage')],
      ...['--port', '0', '--public-url', balancer.url, '--lease', LEASE, '--log-level', 'warn'],
    ]);
    backends.push(stack.use(backend));
    ports.push(Number(new URL(backend.ready['url'] as string).port));
  }
  return { url: balancer.url, backends };
}

async function startBuilder(name: string, url: string): Promise<Program & { readonly id: BuilderId }> {
  const key = generateBuilderKey(name);
  const file = join(folder, `${name}.key`);
  await writeFile(file, formatPrivateKey(key));
  await chmod(file, 0o600);
  const { id } = await enrolBuilder(database.db, {
    name,
    publicKey: formatPublicKey(key.publicKey),
    fingerprint: fingerprintOf(key.publicKey),
  });
  const program = await startProgram('test/src/fakes/fake-builder.ts', [
    ...['--backend', url, '--key', file, '--slots', '4', '--delay', '200', '--log-level', 'warn'],
  ]);
  return { ...program, id };
}

async function countWhere(condition: ReturnType<typeof sql<boolean>>): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from tasks left join builds on builds.id = tasks.build_id where ${condition}
  `.execute(database.db);
  return Number(rows[0]?.count);
}

const built = (): Promise<number> => countWhere(sql<boolean>`tasks.status = 'built'`);

/** Everything that was wanted is there once, readable, and is what a builder would make of it. */
async function expectEachOnce(
  url: string,
  seeded: readonly { crate: CrateName; version: Version }[],
): Promise<void> {
  const { rows } = await sql<{ successes: number; published: number; artifacts: number }>`
    select count(*) filter (where builds.outcome = 'succeeded') as successes,
      count(distinct tasks.published_build_id) as published,
      (select count(*) from artifacts where artifacts.build_id = min(tasks.published_build_id::text)::uuid) as artifacts
    from tasks join builds on builds.task_id = tasks.id
    group by tasks.id
  `.execute(database.db);
  expect(rows.map((row) => [row.successes, row.published, row.artifacts])).toEqual(
    Array.from({ length: TASKS }, () => [1, 1, 1]),
  );
  for (const { crate, version } of seeded) {
    const { name, bytes } = fakeArtifact({ crate, version, target: TEST_TARGET });
    const response = await fetch(`${url}/crates/${crate}/${version}/${TEST_TARGET}/${name}`);
    expect(response.status).toBe(200);
    const served = createHash('sha256')
      .update(Buffer.from(await response.arrayBuffer()))
      .digest('hex');
    expect(served).toBe(createHash('sha256').update(bytes).digest('hex'));
  }
}

describe('two backends and three builders on one database', () => {
  it('build each of 200 tasks exactly once', { timeout: 300_000 }, async () => {
    const seeded = await seedTasks();
    await using stack = new AsyncDisposableStack();
    const { url } = await startBackends(stack);
    for (const name of ['one', 'two', 'three']) stack.use(await startBuilder(name, url));
    await eventually('all built', built, (count) => count === TASKS, 240_000);
    await expectEachOnce(url, seeded);
    // Nobody died, so nothing was tried twice either.
    expect(await countWhere(sql<boolean>`tasks.attempts <> 1`)).toBe(0);
  });

  it('do so when one backend and one builder are killed half-way', { timeout: 300_000 }, async () => {
    const seeded = await seedTasks();
    await using stack = new AsyncDisposableStack();
    const { url, backends } = await startBackends(stack);
    const victim = stack.use(await startBuilder('victim', url));
    for (const name of ['two', 'three']) stack.use(await startBuilder(name, url));

    await eventually('a third built', built, (count) => count > TASKS / 3);
    backends[0]?.child.kill('SIGKILL');
    // Frozen while it holds a build, so that it is certain that one is lost when it dies.
    const held = () => countWhere(sql<boolean>`builds.builder_id = ${victim.id} and builds.outcome is null`);
    await eventually(
      'the victim held a build while frozen',
      async () => {
        victim.child.kill('SIGSTOP');
        const count = await held();
        if (count === 0) victim.child.kill('SIGCONT');
        return count;
      },
      (count) => count > 0,
    );
    victim.child.kill('SIGKILL');

    await eventually('all built', built, (count) => count === TASKS, 240_000);
    await expectEachOnce(url, seeded);
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from builds where outcome = 'lost' and builder_id = ${victim.id}
    `.execute(database.db);
    expect(Number(rows[0]?.count)).toBeGreaterThan(0);
  });
});
