import { SentenceError, type BuilderId } from '@buildsrs/common';
import { enrolBuilder, expireLeases, reapExpired, type Queryable } from '@buildsrs/database';
import {
  fingerprintOf,
  formatPrivateKey,
  formatPublicKey,
  generateBuilderKey,
  parsePrivateKey,
  type BuilderKey,
} from '@buildsrs/protocol/ssh';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';

/** Reads the key of this machine's builder, or another of its keys, or makes one. It appears whole or not at all. */
export async function ensureKey(file: string, comment?: string): Promise<BuilderKey> {
  try {
    return parsePrivateKey(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new SentenceError(
        'bad-key',
        `The key ${file} cannot be read (${(error as Error).message}); remove it, and the next start makes a new one.`,
        { exitCode: 3, cause: error },
      );
    }
  }
  const key = generateBuilderKey(comment);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.new`, formatPrivateKey(key), { mode: 0o600 });
  await rename(`${file}.new`, file);
  return key;
}

/** Admits the builder of this machine, under the machine's name, or one like it when another builder has that. */
export async function enrolLocalBuilder(db: Queryable, key: BuilderKey): Promise<BuilderId> {
  const fingerprint = fingerprintOf(key.publicKey);
  const publicKey = formatPublicKey(key.publicKey);
  const name = hostname().slice(0, 64) || 'local';
  try {
    return (await enrolBuilder(db, { name, publicKey, fingerprint })).id;
  } catch (error) {
    if ((error as { constraint?: string }).constraint !== 'builders_name_key') throw error;
    return (await enrolBuilder(db, { name: `${name} ${fingerprint.slice(7, 15)}`, publicKey, fingerprint }))
      .id;
  }
}

/** Tried again at once: whoever starts this waits for it. */
const AT_ONCE = { maxAttempts: 3, firstDelayMs: 0, maxDelayMs: 0 };

/** Gives up what this machine's builder was building when it was killed: it does not run, as the data folder is ours. */
export async function giveUpInterrupted(db: Queryable, builder: BuilderId): Promise<void> {
  if ((await expireLeases(db, builder)) > 0) await reapExpired(db, AT_ONCE);
}
