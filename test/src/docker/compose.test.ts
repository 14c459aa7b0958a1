import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../../..');
const FILE = join(ROOT, 'docker/compose.yml');
const run = promisify(execFile);

interface Service {
  readonly image?: string;
  readonly command?: string | readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
}

/** Values for what a person must fill in. */
const FILLED = {
  BUILDSRS_DATABASE_PASSWORD: 'secret1',
  BUILDSRS_STORAGE_ACCESS_KEY: 'secret2',
  BUILDSRS_STORAGE_SECRET_KEY: 'secret3',
};

/** Why something cannot run here; throws where nothing may be skipped. */
function lacking(reason: string): string {
  if (process.env['BUILDSRS_TEST_REQUIRE_ALL'] === '1') throw new Error(`This test ${reason}.`);
  return reason;
}

const answers = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore', timeout: 60_000 }).status === 0;

const wordsOf = (command: Service['command']): readonly string[] =>
  typeof command === 'string' ? command.split(' ') : (command ?? []);

describe('docker/compose.yml', () => {
  let services: Readonly<Record<string, Service>>;
  let ours: readonly (readonly [string, Service])[];

  beforeAll(async () => {
    const file = parse(await readFile(FILE, 'utf8'), { merge: true }) as { services: typeof services };
    ({ services } = file);
    ours = Object.entries(services).filter(([, { image }]) => image?.startsWith('buildsrs/app:') === true);
  });

  test('wires the parts of a whole service', () => {
    expect(Object.keys(services).toSorted()).toEqual([
      'backend',
      'builder',
      'database',
      'registry-sync',
      'storage',
    ]);
    expect(ours.map(([name]) => name).toSorted()).toEqual(['backend', 'builder', 'registry-sync']);
  });

  test('gives each program flags and variables that it has', async () => {
    for (const [name, service] of ours) {
      const [program = '', ...args] = wordsOf(service.command);
      expect(existsSync(join(ROOT, program)), `${name} starts ${program}`).toBe(true);
      const { stdout: help } = await run(process.execPath, [join(ROOT, program), '--help']);
      const known = new Set(help.match(/--[a-z][a-z-]*|BUILDSRS_[A-Z_]+/g));
      const given = [
        ...args.filter((word) => word.startsWith('--')).map((word) => word.replace(/=.*/, '')),
        ...Object.keys(service.environment ?? {}).filter((key) => key.startsWith('BUILDSRS_')),
      ];
      expect(
        given.filter((word) => !known.has(word)),
        `${name} is given what it does not know`,
      ).toEqual([]);
    }
  });

  test('gives no program more rights than it needs, and no secret on a command line', () => {
    for (const [name, service] of ours) {
      expect(service, name).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      expect(service.user, name).toBe(name === 'builder' ? '0:0' : undefined);
      expect(wordsOf(service.command).join(' '), name).not.toMatch(/PASSWORD|SECRET|ACCESS_KEY/);
    }
  });

  test('is read by Docker Compose, once everything a person must give is there', async (ctx) => {
    const compose = answers('docker', 'compose', 'version')
      ? ['docker', 'compose']
      : answers('docker-compose', 'version')
        ? ['docker-compose']
        : undefined;
    if (compose === undefined) return ctx.skip(lacking('needs Docker Compose'));
    const [command = '', ...first] = compose;
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
    const config = [...first, '--file', FILE, '--project-directory', join(ROOT, 'docker'), 'config'];
    const { stdout } = await run(command, config, { env: { ...env, ...FILLED } });
    const read = parse(stdout) as { services: Record<string, { environment: Record<string, string> }> };
    expect(Object.keys(read.services).toSorted()).toEqual(Object.keys(services).toSorted());
    expect(read.services['backend']?.environment).toMatchObject({
      BUILDSRS_DATABASE: 'postgres://buildsrs:secret1@database/buildsrs',
      AWS_SECRET_ACCESS_KEY: 'secret3',
    });
    for (const name of Object.keys(FILLED))
      await expect(
        run(command, config, { env: { ...env, ...FILLED, [name]: '' } }),
        `without ${name}`,
      ).rejects.toThrow('is needed, see docker/.env.example');
  });

  test('names programs that the image has', async (ctx) => {
    // Elsewhere an image that lies about may be older than the sources.
    if (process.env['BUILDSRS_TEST_REQUIRE_ALL'] !== '1')
      return ctx.skip('looks at the image that .ci/run makes with docker/app/make.sh');
    const confined = '--rm --network none --read-only --cap-drop ALL'.split(' ');
    for (const [name, service] of ours) {
      const [program = ''] = wordsOf(service.command);
      const args = ['run', ...confined, 'buildsrs/app:latest', program, '--help'];
      const { stdout } = await run('docker', args);
      expect(stdout, name).toContain('Usage: builds-');
    }
  });
});
