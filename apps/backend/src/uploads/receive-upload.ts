import {
  DEFAULT_LIMITS,
  ProblemError,
  type ArtifactName,
  type BuildId,
  type Digest,
  type UploadedArtifact,
} from '@buildsrs/common';
import { findBuildByToken, listUploads, recordUpload } from '@buildsrs/database';
import type { Context } from '../context.ts';

/** An artifact on its way in, and what was announced of it. */
export interface IncomingUpload {
  readonly build: BuildId;
  readonly token: string;
  readonly name: ArtifactName;
  readonly size: number;
  readonly sha256: Digest;
  readonly body: ReadableStream<Uint8Array>;
}

/** What became of it; `kept`: the same bytes were there already. */
export interface ReceivedUpload extends UploadedArtifact {
  readonly kept: boolean;
}

/** Files of one build; what a crate's binaries, archive and its extras need is a handful. */
const MAX_FILES = 64;

/** A connection that broke is the sender's matter, and must not look like a fault of ours. */
async function* wholeOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* body;
  } catch (error) {
    throw new ProblemError('invalid-request', 'The upload ended before it was whole.', { cause: error });
  }
}

async function assertLease({ db }: Context, { build, token }: IncomingUpload): Promise<void> {
  if ((await findBuildByToken(db, build, token)) !== undefined) return;
  throw new ProblemError(
    'lease-lost',
    'This token has no right to this build: it is of another one, or its lease or the build has ended.',
  );
}

/**
 * Takes in an artifact of a running build: bytes are hashed and counted as they come and staged out of sight; nothing of
 * it can be downloaded until the build is published. The same upload again is harmless.
 *
 * @throws {ProblemError} `lease-lost`, `too-large`, `digest-mismatch`, `storage-full`, `unavailable`.
 */
export async function receiveUpload(context: Context, upload: IncomingUpload): Promise<ReceivedUpload> {
  const { db, store, metrics } = context;
  const { build, name, size, sha256 } = upload;
  await assertLease(context, upload);
  const uploads = await listUploads(db, build);
  const others = uploads.filter((entry) => entry.name !== name);
  const room = DEFAULT_LIMITS.outputBytes - others.reduce((sum, entry) => sum + entry.size, 0);
  if (size > room || others.length >= MAX_FILES) {
    throw new ProblemError(
      'too-large',
      `The files of a build have at most ${DEFAULT_LIMITS.outputBytes} bytes together, and are at most ${MAX_FILES}.`,
    );
  }
  const known = uploads.find((entry) => entry.name === name);
  if (known?.sha256 === sha256 && known.size === size) {
    await upload.body.cancel();
    return { name, sha256, size, kept: true };
  }
  const staged = await store.put(wholeOf(upload.body), { maxBytes: size, expect: { sha256, size } });
  try {
    // Once more: the lease may have ended while the bytes came, and nobody would clean up after a row written now.
    await assertLease(context, upload);
    const { replaced } = await recordUpload(db, {
      buildId: build,
      name,
      sha256: staged.sha256,
      size: staged.size,
      staging: staged.staging,
    });
    if (replaced !== undefined) await store.discard({ ...staged, staging: replaced });
  } catch (error) {
    await store.discard(staged);
    throw error;
  }
  metrics.uploadedBytes.inc(size);
  return { name, sha256, size, kept: false };
}
