import { join } from 'node:path';
import type { Job, JobResult } from '@buildsrs/common';
import { serveRegistryFolder, type ServedRegistry } from '@buildsrs/registry';
import { makeRegistry } from '@buildsrs/registry/testing';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { ExecutorFixture } from './testing/executor-fixture.ts';
import { inlineCrate, inlineLock } from './testing/inline-crate.ts';
import { runRecorded, type RecordedRun } from './testing/run-recorded.ts';
import { sampleJob } from './testing/sample-job.ts';
import { readToolchain } from './toolchain.ts';

/** A package that looks for a library as those with the pkg-config crate do, unless it brings its own copy. */
const SYS_SCRIPT = `fn main() {
  if std::env::var_os("CARGO_FEATURE_VENDORED").is_some() { return; }
  eprintln!("The system library \`odd\` required by crate \`odd-sys\` was not found.");
  std::process::exit(1);
}`;
const LIB = { 'src/lib.rs': '' };
const MAIN = { 'src/main.rs': 'fn main() {}' };

const CRATES = [
  inlineCrate('odd-src 1.0.0', LIB),
  inlineCrate(
    'odd-sys 1.0.0',
    { ...LIB, 'build.rs': SYS_SCRIPT },
    'links = "odd"\nbuild = "build.rs"\n[features]\nvendored = ["dep:odd-src"]\n[dependencies]\nodd-src = { version = "1", optional = true }\n',
  ),
  inlineCrate(
    'odd 1.0.0',
    LIB,
    '[features]\nvendored-odd = ["odd-sys/vendored"]\n[dependencies]\nodd-sys = "1"\n',
  ),
  inlineCrate(
    'offers 1.0.0',
    MAIN,
    '[features]\nall = ["vendored"]\nvendored = ["odd/vendored-odd"]\n[dependencies]\nodd = "1"\n',
  ),
  inlineCrate(
    'silent 1.0.0',
    { ...MAIN, 'Cargo.lock': inlineLock('silent 1.0.0', ['odd 1.0.0: odd-sys', 'odd-sys 1.0.0']) },
    '[dependencies]\nodd = "1"\n',
  ),
  // No copy of its own: nothing to try.
  inlineCrate('plain-sys 1.0.0', { ...LIB, 'build.rs': SYS_SCRIPT }, 'links = "odd"\nbuild = "build.rs"\n'),
  inlineCrate('stuck 1.0.0', MAIN, '[dependencies]\nplain-sys = "1"\n'),
  inlineCrate('broken 1.0.0', { 'src/lib.rs': 'pub fn number() -> u32 { "seven" }' }),
  inlineCrate(
    'pinned 1.0.0',
    { ...MAIN, 'Cargo.lock': inlineLock('pinned 1.0.0', ['broken 1.0.0']) },
    '[dependencies]\nbroken = "1"\n',
  ),
  inlineCrate('modern 1.0.0', LIB),
  inlineCrate('modern 1.1.0', LIB, 'rust-version = "1.999"\n'),
  inlineCrate('timeless 1.0.0', MAIN, '[dependencies]\nmodern = "1"\n'),
  inlineCrate(
    'ahead 1.0.0',
    { ...MAIN, 'Cargo.lock': inlineLock('ahead 1.0.0', ['modern 1.1.0']) },
    '[dependencies]\nmodern = "1"\n',
  ),
  inlineCrate('only-new 1.0.0', MAIN, '[dependencies]\nmodern = "=1.1"\n'),
  inlineCrate(
    'choosy 1.0.0',
    {
      'src/main.rs': 'fn main() { #[cfg(feature = "heavy")] compile_error!("heavy is on"); }',
      'src/bin/extra.rs': 'fn main() {}',
      'src/bin/tool.rs':
        'fn main() { println!("{}", if option_env!("SQLX_OFFLINE").is_some() { "told" } else { "not told" }); }',
    },
    '[features]\ndefault = ["heavy"]\nheavy = []\ncli = []\n[[bin]]\nname = "tool"\npath = "src/bin/tool.rs"\nrequired-features = ["cli"]\n',
  ),
];

describe('attempts at a build', { timeout: 240_000 }, () => {
  let fixture: ExecutorFixture;
  let registry: ServedRegistry;
  let folder: string;

  beforeAll(async () => {
    fixture = await ExecutorFixture.open('process');
    folder = join(fixture.dataDir, 'attempts-registry');
    await makeRegistry(folder, CRATES);
    registry = await serveRegistryFolder(folder);
  });
  afterAll(async () => {
    await registry.close();
    await fixture[Symbol.asyncDispose]();
  });

  async function build(context: TestContext, crate: string, wanted: Partial<Job> = {}): Promise<RecordedRun> {
    const driver = fixture.driverFor(context);
    const { host } = await readToolchain(driver);
    const job = { ...(await sampleJob({ folder, registry, crate, target: host })), ...wanted };
    return runRecorded(job, { driver, dataDir: fixture.dataDir });
  }

  function infoOf(run: RecordedRun) {
    expect(run.outcome, run.log).toMatchObject({ status: 'succeeded' });
    return ((run.outcome as { result: JobResult }).result as JobResult & { kind: 'binary' }).info.inputs;
  }

  it('compile a missing library along by a feature the author offers', async (context) => {
    const run = await build(context, 'offers');
    const { command, dependencies } = infoOf(run);
    expect(command.features).toEqual(['vendored']);
    expect(command.cargo).toContain('--features');
    expect(dependencies.map(({ name }) => name)).toContain('odd-src');
    expect(run.log).toContain('Trying again with the feature vendored');
    expect(run.stages).toEqual(['fetch', 'resolve', 'build', 'package', 'upload']);
  });

  it('compile it along by a feature of a dependency, and keep what the lock file pins', async (context) => {
    const { command, dependencies, lockfile } = infoOf(await build(context, 'silent'));
    expect(command.features).toEqual(['odd/vendored-odd']);
    expect(lockfile).toMatchObject({ origin: 'generated', reason: 'completed for odd/vendored-odd' });
    expect(dependencies.map(({ name }) => name)).toEqual(['odd', 'odd-src', 'odd-sys']);
  });

  it('end with the missing library when no feature brings it', async (context) => {
    const run = await build(context, 'stuck');
    expect(run.outcome).toMatchObject({
      status: 'failed',
      failure: { kind: 'missing-library', dependency: 'plain-sys 1.0.0' },
    });
    expect(run.log).not.toContain('Trying again');
  });

  it('tell the first failure when another lock file does not help', async (context) => {
    const run = await build(context, 'pinned');
    expect(run.outcome).toMatchObject({
      status: 'failed',
      failure: { kind: 'dependency-error', dependency: 'broken 1.0.0', codes: ['E0308'] },
    });
    expect(run.log).toContain('broken 1.0.0 of the published Cargo.lock does not compile');
  });

  it.for([
    ['timeless', undefined],
    ['ahead', 'modern 1.1.0 of the published Cargo.lock needs a newer Rust'],
  ] as const)('choose a dependency that takes the Rust there is: %s', async ([crate, reason], context) => {
    const { dependencies, lockfile } = infoOf(await build(context, crate));
    expect(dependencies).toMatchObject([{ name: 'modern', version: '1.0.0' }]);
    expect(lockfile).toMatchObject({ origin: 'generated' });
    expect(lockfile.reason).toBe(reason);
  });

  it('end with the newer Rust when no version takes an older one', async (context) => {
    const run = await build(context, 'only-new');
    expect(run.outcome).toMatchObject({
      status: 'failed',
      failure: {
        kind: 'toolchain-too-old',
        dependency: 'modern 1.1.0',
        hint: expect.stringContaining('1.999'),
      },
    });
  });

  it('build what the job asks for, and record it', async (context) => {
    const run = await build(context, 'choosy', {
      features: ['cli'],
      noDefaultFeatures: true,
      bins: ['tool'],
      environment: { SQLX_OFFLINE: 'true' },
    });
    const { command, environment } = infoOf(run);
    expect(command).toMatchObject({ features: ['cli'], defaultFeatures: false, bins: ['tool'] });
    expect(environment).toMatchObject({ SQLX_OFFLINE: 'true' });
    const { members } = (
      run.outcome as unknown as { result: { members: { path: string; executable: boolean }[] } }
    ).result;
    expect(members.filter((one) => one.executable).map((one) => one.path.split('/')[1])).toEqual(['tool']);
  });

  it.for([
    [{ features: ['gone'] }, 'bad-manifest', 'gone'],
    [{ bins: ['gone'], noDefaultFeatures: true }, 'no-binaries', 'no program named gone'],
    [{ bins: ['tool'] }, 'no-binaries', 'the features asked for build: tool needs cli'],
  ] as const)('say what cannot be asked of a crate: %j', async ([wanted, kind, message], context) => {
    const run = await build(context, 'choosy', wanted as unknown as Partial<Job>);
    expect(run.outcome).toMatchObject({
      status: 'failed',
      failure: { kind, message: expect.stringContaining(message) },
    });
  });
});
