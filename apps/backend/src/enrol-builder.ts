import { readProgram, SentenceError } from '@buildsrs/common';
import { assertSchema, enrolBuilder, openDatabase } from '@buildsrs/database';
import { fingerprintOf, formatPublicKey, parsePublicKey } from '@buildsrs/protocol/ssh';
import * as v from 'valibot';
import { backendSettings } from './settings.ts';

/*
 * A program of the operator's: admits a builder by its public key, which `builds-builder --generate-key` prints. Who can
 * write to the database may do this; there is no way to do it over the network.
 */

const usage = {
  name: 'builds-enrol-builder',
  summary: 'Admits a builder by its public key.',
  settings: {
    database: backendSettings.database,
    name: {
      schema: v.pipe(
        v.string('is needed'),
        v.regex(
          /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
          'is 1 to 63 letters, digits, dots, dashes and underscores',
        ),
      ),
      value: 'NAME',
      help: 'What the builder is called on the pages and in the log.',
    },
  },
  positionals: 'PUBLIC-KEY',
  examples: ["builds-enrol-builder --name rack-1 'ssh-ed25519 AAAA… builder'"],
} as const;

async function main(): Promise<void> {
  const program = readProgram(usage, process.argv.slice(2), process.env);
  if (program.help !== undefined) {
    process.stdout.write(program.help);
    return;
  }
  // With or without quotes around the line.
  const key = parsePublicKey(program.positionals.join(' '));
  const { database: url, name } = program.values;
  await using database = openDatabase({ url, maxConnections: 1, applicationName: 'builds.rs enrolment' });
  await assertSchema(database.db);
  const fingerprint = fingerprintOf(key);
  try {
    const builder = await enrolBuilder(database.db, { name, publicKey: formatPublicKey(key), fingerprint });
    process.stdout.write(`${JSON.stringify({ id: builder.id, name, fingerprint })}\n`);
  } catch (error) {
    if ((error as { constraint?: string }).constraint !== 'builders_name_key') throw error;
    throw new SentenceError('name-taken', `Another builder is called ${name}; choose another name.`);
  }
}

try {
  await main();
} catch (error) {
  if (!SentenceError.is(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
