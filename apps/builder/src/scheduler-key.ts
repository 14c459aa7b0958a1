import { readFileSync } from 'node:fs';
import { SentenceError } from '@buildsrs/common';
import { parsePublicKey, type PublicKey } from '@buildsrs/protocol/ssh';

/**
 * The scheduler's public key from the setting: an OpenSSH line, or a file with one.
 *
 * @throws {SentenceError} with exit code 2: a builder that was told to check never starts without checking.
 */
export function readSchedulerKey(setting: string): PublicKey {
  const fault = (why: string, cause: unknown) =>
    new SentenceError(
      'bad-scheduler-key',
      `--scheduler-key is the scheduler's public key, a line that begins with ssh-ed25519, or a file with it: ${why}`,
      { exitCode: 2, cause },
    );
  let line = setting;
  if (!setting.startsWith('ssh-')) {
    try {
      line = readFileSync(setting, 'utf8');
    } catch (error) {
      throw fault(
        `${setting} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`,
        error,
      );
    }
  }
  if (line.includes('PRIVATE KEY')) {
    throw fault(
      `${setting} is a private key, which belongs to the backend alone; give the line that it printed for it.`,
      undefined,
    );
  }
  try {
    return parsePublicKey(line);
  } catch (error) {
    throw fault(`${line === setting ? 'this one' : setting} is not sound.`, error);
  }
}
