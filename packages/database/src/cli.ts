import { flagOf, readProgram, SentenceError, variableOf, type Settings } from '@buildsrs/common';
import * as v from 'valibot';
import { runCommand } from './cli/commands.ts';
import { openDatabase } from './connection.ts';

const settings = {
  database: {
    schema: v.pipe(v.string(), v.minLength(1)),
    value: 'URL',
    help: 'The PostgreSQL database, postgres://….',
  },
} satisfies Settings;

async function main(): Promise<void> {
  const read = readProgram(
    {
      name: 'builds-database',
      summary: 'Looks after the database of builds.rs.',
      settings,
      positionals: 'COMMAND [ARGUMENT…]',
      examples: [
        'builds-database status                           which migrations were applied',
        'builds-database migrate                          bring the schema up to this release',
        'builds-database rollback                         take back the last migration',
        'builds-database builders                         list the builders',
        'builds-database enrol-builder NAME "ssh-ed25519 AAAA…"',
        'builds-database enable-builder|disable-builder NAME',
        'builds-database resume-builder NAME              end a suspension before its time',
        'builds-database enable-target|disable-target x86_64-unknown-linux-gnu',
        `The database is given by ${flagOf('database')} or ${variableOf('database')}.`,
      ],
    },
    process.argv.slice(2),
    process.env,
  );
  if (read.help !== undefined) {
    process.stdout.write(read.help);
    return;
  }
  await using open = openDatabase({ url: read.values.database, maxConnections: 2 });
  for (const line of await runCommand(open.db, read.positionals)) process.stdout.write(`${line}\n`);
}

try {
  await main();
} catch (error) {
  const isSentence = SentenceError.is(error);
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = isSentence ? error.exitCode : 1;
}
