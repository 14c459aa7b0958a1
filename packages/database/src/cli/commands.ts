import { parseTarget, SentenceError, type Fingerprint } from '@buildsrs/common';
import { createHash } from 'node:crypto';
import { assertSchema, migrateDown, migrateUp, schemaStatus } from '../migrate.ts';
import { resumeBuilder } from '../queries/builder-trust.ts';
import { enrolBuilder, listBuilders, setBuilderEnabled, type BuilderStatus } from '../queries/builders.ts';
import { enableTarget } from '../queries/targets.ts';
import type { Database } from '../schema.ts';
import type { Kysely } from 'kysely';

type Command = (db: Kysely<Database>, ...args: string[]) => Promise<string[]>;

const COMMANDS: Readonly<Record<string, { readonly arguments: number; readonly run: Command }>> = {
  status: {
    arguments: 0,
    async run(db) {
      const status = await schemaStatus(db);
      return [
        ...status.applied.map(
          (name) => `${name} ${status.unknown.includes(name) ? 'of a newer release' : 'applied'}`,
        ),
        ...status.pending.map((name) => `${name} pending`),
      ];
    },
  },
  migrate: {
    arguments: 0,
    async run(db) {
      const names = await migrateUp(db);
      return names.length === 0 ? ['The schema is up to date.'] : names.map((name) => `${name} applied`);
    },
  },
  rollback: {
    arguments: 0,
    async run(db) {
      const names = await migrateDown(db);
      return names.length === 0
        ? ['There is nothing to take back.']
        : names.map((name) => `${name} taken back`);
    },
  },
  builders: {
    arguments: 0,
    async run(db) {
      await assertSchema(db);
      const builders = await listBuilders(db);
      return builders.map((row) => {
        return [row.name, stateOf(row), row.fingerprint, row.targets.join(',')].join('  ');
      });
    },
  },
  'enrol-builder': {
    arguments: 2,
    async run(db, name = '', line = '') {
      await assertSchema(db);
      const key = readPublicKey(line);
      const row = await enrolBuilder(db, { name, ...key });
      return [`${row.name} is enrolled with ${row.fingerprint}.`];
    },
  },
  'enable-builder': { arguments: 1, run: async (db, name = '') => await switchBuilder(db, name, true) },
  'disable-builder': { arguments: 1, run: async (db, name = '') => await switchBuilder(db, name, false) },
  'resume-builder': {
    arguments: 1,
    async run(db, name = '') {
      const row = await builderNamed(db, name);
      await resumeBuilder(db, row.id);
      return [`${name} is given work again.`];
    },
  },
  'enable-target': { arguments: 1, run: async (db, name = '') => await switchTarget(db, name, true) },
  'disable-target': { arguments: 1, run: async (db, name = '') => await switchTarget(db, name, false) },
};

function stateOf(row: BuilderStatus): string {
  if (!row.enabled) return 'disabled';
  if (row.suspended) return `suspended (${row.suspendedReason ?? ''})`;
  if (!row.connected) return 'away';
  return row.pausedReason === null ? 'connected' : `paused (${row.pausedReason})`;
}

/**
 * Runs an operator's command and gives the lines to print.
 *
 * @throws {SentenceError} `bad-usage`, exit code 2, for an unknown command or wrong arguments.
 */
export async function runCommand(db: Kysely<Database>, words: readonly string[]): Promise<string[]> {
  const [name = '', ...args] = words;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined || command.arguments !== args.length) {
    throw new SentenceError(
      'bad-usage',
      command === undefined
        ? `A command is one of ${Object.keys(COMMANDS).join(', ')}; --help shows how each is called.`
        : `${name} takes ${command.arguments} argument${command.arguments === 1 ? '' : 's'}; --help shows how it is called.`,
      { exitCode: 2 },
    );
  }
  return await command.run(db, ...args);
}

async function builderNamed(db: Kysely<Database>, name: string): Promise<BuilderStatus> {
  await assertSchema(db);
  const row = (await listBuilders(db)).find((builder) => builder.name === name);
  if (row === undefined) throw new SentenceError('no-such-builder', `There is no builder named ${name}.`);
  return row;
}

async function switchBuilder(db: Kysely<Database>, name: string, enabled: boolean): Promise<string[]> {
  const row = await builderNamed(db, name);
  await setBuilderEnabled(db, row.id, enabled);
  return [`${name} is ${enabled ? 'enabled' : 'disabled'}.`];
}

async function switchTarget(db: Kysely<Database>, name: string, enabled: boolean): Promise<string[]> {
  await assertSchema(db);
  await enableTarget(db, parseTarget(name), enabled);
  return [`New versions are ${enabled ? 'built' : 'no longer built'} for ${name} unasked.`];
}

/** An Ed25519 key's blob: two length-prefixed strings, `ssh-ed25519` and 32 bytes (RFC 8709 §4). */
const ED25519_PREFIX = Buffer.from('0000000b7373682d6564323535313900000020', 'hex');

function readPublicKey(line: string): { publicKey: string; fingerprint: Fingerprint } {
  const [type, base64 = ''] = line.trim().split(/\s+/);
  const blob = Buffer.from(base64, 'base64');
  if (
    type !== 'ssh-ed25519' ||
    blob.length !== ED25519_PREFIX.length + 32 ||
    !blob.subarray(0, ED25519_PREFIX.length).equals(ED25519_PREFIX)
  ) {
    throw new SentenceError(
      'bad-key',
      'A builder is enrolled by the line of its .pub file, which begins with ssh-ed25519; make one with `ssh-keygen -t ed25519`.',
      { exitCode: 2 },
    );
  }
  const digest = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
  return {
    publicKey: `ssh-ed25519 ${blob.toString('base64')}`,
    fingerprint: `SHA256:${digest}` as Fingerprint,
  };
}
