import { readProgram, SentenceError } from '@buildsrs/common';
import { makeKeyFile } from '@buildsrs/protocol/key-file';
import { fingerprintOf, formatPublicKey } from '@buildsrs/protocol/ssh';
import { backendSettings } from './settings.ts';

/*
 * A program of the operator's: makes the key by which backends sign jobs, unless the file is there, and prints the line
 * that builders pin by `--scheduler-key`. All backends of one house are given the same file.
 */

const usage = {
  name: 'builds-make-scheduler-key',
  summary: 'Makes the key backends sign jobs by, and prints the public key for builders to pin.',
  settings: { schedulerKey: backendSettings.schedulerKey },
  examples: ['builds-make-scheduler-key --scheduler-key ./scheduler-key'],
} as const;

async function main(): Promise<void> {
  const program = readProgram(usage, process.argv.slice(2), process.env);
  if (program.help !== undefined) {
    process.stdout.write(program.help);
    return;
  }
  const { schedulerKey: file } = program.values;
  if (file === undefined) {
    throw new SentenceError('bad-usage', 'Say where the key is to be: --scheduler-key FILE.', {
      exitCode: 2,
    });
  }
  const { publicKey } = await makeKeyFile(file, {
    advice: '',
    comment: 'builds.rs scheduler',
    warn: (sentence) => process.stderr.write(`${sentence}\n`),
  });
  const facts = { key: file, publicKey: formatPublicKey(publicKey), fingerprint: fingerprintOf(publicKey) };
  process.stdout.write(`${JSON.stringify(facts)}\n`);
}

try {
  await main();
} catch (error) {
  if (!SentenceError.is(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
