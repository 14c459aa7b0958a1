import { SentenceError, type Artifact } from '@buildsrs/common';
import { createHash } from 'node:crypto';

/**
 * Downloads an artifact as anybody would, and compares what came with its sha256.
 *
 * @throws {SentenceError} `download-damaged` when it is not what was published.
 */
export async function verifyDownload(artifact: Artifact, signal: AbortSignal): Promise<void> {
  const response = await fetch(artifact.url, { signal });
  const hash = createHash('sha256');
  if (response.body !== null) for await (const chunk of response.body) hash.update(chunk);
  if (response.ok && hash.digest('hex') === artifact.sha256) return;
  throw new SentenceError(
    'download-damaged',
    response.ok
      ? `${artifact.url} does not have the sha256 it was published with; look at the disk that the data folder is on.`
      : `${artifact.url} answers with status ${response.status}, although it is published; the backend's log says more.`,
  );
}
