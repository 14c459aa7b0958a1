import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { SentenceError, type Artifact } from '@buildsrs/common';
import type { Instance } from '../instance/open-instance.ts';
import { diskSentence } from './disk-sentence.ts';

function broken(error: unknown, artifact: Artifact, instance: Instance): unknown {
  if (SentenceError.is(error)) return error;
  const text = (error as { cause?: { code?: string } }).cause?.code ?? '';
  const reason = /TIMEOUT/.test(text)
    ? `nothing came for ${instance.idleTimeoutMs / 1000} s`
    : 'the connection broke';
  return new SentenceError(
    'download-failed',
    `${artifact.url} could not be downloaded: ${reason}. Nothing was installed.`,
    { cause: error },
  );
}

/**
 * Downloads an artifact into a new file and checks size and sha256 while it comes.
 *
 * @throws {SentenceError} `download-failed`, `wrong-sha256`, `cannot-write`; what was written is for the caller to remove.
 */
export async function downloadArchive(
  instance: Instance,
  artifact: Artifact,
  path: string,
  options: { signal: AbortSignal; onBytes(bytes: number): void },
): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    throw diskSentence(error, path);
  });
  const hash = createHash('sha256');
  let size = 0;
  try {
    const response = await instance.fetch(artifact.url, { signal: options.signal });
    if (!response.ok) {
      throw new SentenceError(
        'download-failed',
        `${artifact.url} could not be downloaded: the answer was ${response.status}. Nothing was installed.`,
      );
    }
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength;
      if (size > artifact.size) break;
      hash.update(chunk);
      await file.appendFile(chunk).catch((error: unknown) => {
        throw diskSentence(error, path);
      });
      options.onBytes(size);
    }
  } catch (error) {
    options.signal.throwIfAborted();
    throw broken(error, artifact, instance);
  } finally {
    await file.close();
  }
  const sha256 = hash.digest('hex');
  if (size !== artifact.size || sha256 !== artifact.sha256) {
    throw new SentenceError(
      'wrong-sha256',
      `What came from ${artifact.url} is not what was published: ${size > artifact.size ? 'it is too long' : `its sha256 is ${sha256}`}, and should be ${artifact.sha256}. Nothing was installed.`,
    );
  }
}
