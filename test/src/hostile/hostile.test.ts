import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseTarget, SentenceError } from '@buildsrs/common';
import { caBundleOf, openExecutor, type ExecutorDriver } from '@buildsrs/executor';
import { FIXTURE_CRATES_DIR, readFixtureCrates, type FixtureVersion } from '@buildsrs/registry/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestRegistry, runTestJob, type RanJob, type TestRegistry } from '../support/job-on-driver.ts';
import { skipUnless } from '../support/requirement.ts';
import { plantCanaries, type Canaries } from './canaries.ts';
import { HOSTILE_CASES, HOSTILE_LIMITS } from './cases.ts';
import { hostileCrates, readHostileCrate } from './hostile-crate.ts';
import { leftovers } from './leftovers.ts';

const TARGET = parseTarget('x86_64-unknown-linux-gnu');
/** What a build must never change on this machine: owner, mode, size and time of each. */
const HOST_PLACES = ['/etc', '/etc/passwd', '/etc/shadow', '/usr', '/usr/bin', '/usr/lib', '/', homedir()];

function hostState(): unknown[] {
  return HOST_PLACES.filter((path) => existsSync(path)).map((path) => {
    const { uid, mode, mtimeMs } = statSync(path);
    return { path, uid, mode, mtimeMs: path === homedir() ? 0 : mtimeMs };
  });
}

function describeHostile(executor: 'docker' | 'sandbox'): void {
  describe(`the hostile corpus on ${executor}`, () => {
    let dataDir = '';
    let driver: ExecutorDriver | undefined;
    let registry: TestRegistry;
    let canaries: Canaries;
    let reason = '';
    const crates = new Map<string, FixtureVersion>();
    const victim = readFixtureCrates(FIXTURE_CRATES_DIR).find(
      (version) => version.name === 'hello-buildsrs' && version.version === '0.2.0',
    ) as FixtureVersion;

    beforeAll(async () => {
      // Below a folder other users may enter, as a builder's real data folder is.
      dataDir = await mkdtemp(join(tmpdir(), `buildsrs-hostile-${executor}-`));
      await mkdir(join(dataDir, 'builds'), { recursive: true });
      canaries = await plantCanaries(dataDir);
      const paths = `${canaries.paths.join('\n')}\n`;
      for (const name of hostileCrates()) {
        crates.set(
          name,
          readHostileCrate(name, {
            'paths.txt':
              name === 'read-secrets'
                ? `/etc/shadow\n/proc/1/environ\n/proc/1/root/etc/shadow\n${paths}`
                : paths,
            'addresses.txt': `${canaries.addresses.join('\n')}\n`,
          }),
        );
      }
      registry = await openTestRegistry(join(dataDir, 'registry'), [
        ...crates.values(),
        ...readFixtureCrates(FIXTURE_CRATES_DIR),
      ]);
      const caBundle = caBundleOf(undefined, process.env);
      try {
        driver = await openExecutor({
          executor,
          dataDir,
          caBundle,
          environment: process.env,
          allowUnsandboxed: false,
        });
      } catch (error) {
        if (!SentenceError.is(error)) throw error;
        reason = error.message;
      }
    }, 600_000);

    afterAll(async () => {
      await driver?.[Symbol.asyncDispose]();
      await registry?.[Symbol.asyncDispose]();
      await canaries?.[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    });

    const run = (version: FixtureVersion, limits = HOSTILE_LIMITS): Promise<RanJob> =>
      runTestJob(registry.jobFor(version, TARGET, { limits }), driver as ExecutorDriver, dataDir);

    const binaryOf = async (): Promise<string | undefined> => {
      const { outcome } = await run(victim);
      if (outcome.status !== 'succeeded' || outcome.result.kind !== 'binary')
        throw new Error(JSON.stringify(outcome));
      return outcome.result.members.find((member) => member.executable)?.sha256;
    };

    it('has a case for every crate, and a crate for every case', () => {
      expect(HOSTILE_CASES.map((one) => one.crate).toSorted()).toEqual(hostileCrates());
    });

    it('leaves nothing for the builds after it', { timeout: 1_800_000 }, async (context) => {
      skipUnless(driver !== undefined, context, reason);
      const before = await binaryOf();
      const host = hostState();
      const wrong: string[] = [];
      const fail = (crate: string, what: string): void => {
        wrong.push(`${crate}: ${what}`);
      };

      for (const one of HOSTILE_CASES) {
        const ran = await run(crates.get(one.crate) as FixtureVersion, { ...HOSTILE_LIMITS, ...one.limits });
        const ended = ran.outcome.status === 'failed' ? ran.outcome.failure.kind : ran.outcome.status;
        if (!(one.outcome as readonly string[]).includes(ended)) {
          fail(
            one.crate,
            `ended as ${ended}: ${JSON.stringify(ran.outcome).slice(0, 600)}\n${ran.log.slice(-1_500)}`,
          );
        }
        if (one.reports === true) {
          if (!ran.log.includes('ATTEMPTS DONE')) fail(one.crate, `did not report: ${ran.log.slice(-1_500)}`);
          for (const line of ran.log.match(/ATTEMPT [^\n]*SUCCEEDED/g) ?? []) fail(one.crate, line);
        }
        if (one.neverBuilds === true && ran.stages.includes('build'))
          fail(one.crate, `came as far as its code: ${ran.stages.join(', ')}`);
        const everything = [ran.log, JSON.stringify(ran.outcome)];
        for (const { path } of ran.uploads.values()) {
          const archive = path.endsWith('.tar.gz')
            ? execFileSync('tar', ['-xzOf', path])
            : readFileSync(path);
          everything.push(archive.toString('latin1'));
        }
        for (const text of everything) {
          if (text.replaceAll(canaries.addresses.join('\n'), '').includes(`SECRET=${canaries.secret}`))
            fail(one.crate, 'read an environment');
          if (/root:[x*!]?:0:0:root:\/root/.test(text)) fail(one.crate, 'handed out a file of the host');
        }
        if (one.crate === 'read-secrets') {
          for (const line of ran.log.split('\n')) {
            // The crate was told the paths, which have the secret's beginning; only the whole secret is a leak.
            if (line.includes(canaries.secret)) fail(one.crate, `read a secret: ${line.slice(0, 300)}`);
          }
        }
        if (Buffer.byteLength(ran.log) > (HOSTILE_LIMITS.logBytes as number) + 65_536)
          fail(one.crate, 'its log is over the limit');
        for (const line of leftovers(dataDir, hostileCrates())) fail(one.crate, `left ${line}`);
      }

      expect(wrong).toEqual([]);
      expect(canaries.reached).toEqual([]);
      expect(hostState()).toEqual(host);
      for (const path of [
        '/etc/cron.d/hostile',
        '/usr/bin/hostile',
        '/usr/lib/hostile',
        '/etc/hostile',
        join(dataDir, 'cargo', 'registry', 'hostile'),
      ]) {
        expect(existsSync(path), path).toBe(false);
      }
      for (const path of canaries.paths) expect(readFileSync(path, 'utf8')).toBe(canaries.secret);
      // Whatever they wrote into caches, toolchain or temporary folders: the next build's program is the same.
      expect(await binaryOf()).toBe(before);
    });
  });
}

describeHostile('sandbox');
describeHostile('docker');
