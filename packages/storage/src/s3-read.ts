import { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { ProblemError } from '@buildsrs/common';
import { asS3Problem, whenAbsent } from './s3-errors.ts';

/** An object, or a part of one (both ends inclusive), by its key. */
interface S3Source {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly part?: { readonly start: number; readonly end: number } | undefined;
}

/** How often in a row a broken connection is taken up again without a single byte in between. */
const MAX_RESUMES = 5;

async function request({ client, bucket, key, part }: S3Source) {
  const range = part && `bytes=${part.start}-${part.end}`;
  const answer = await whenAbsent(
    client.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range: range })),
    undefined,
  );
  if (answer === undefined) return undefined;
  const { Body: body, ContentLength: bytes, ContentRange: given } = answer;
  if (!(body instanceof Readable) || bytes === undefined)
    throw new ProblemError('unavailable', 'The storage gave an answer without a body.');
  if (part !== undefined && given?.startsWith(`bytes ${part.start}-${part.end}/`) !== true) {
    body.destroy();
    throw new ProblemError(
      'unavailable',
      'The storage gave another part of an object than it was asked for.',
    );
  }
  return { body, bytes };
}

/**
 * Opens an object for reading. A connection that breaks in the middle is taken up where it broke, so that a download of
 * ours does not break with it.
 */
export async function openS3Object(
  source: S3Source,
): Promise<{ stream: ReadableStream<Uint8Array>; bytes: number } | undefined> {
  const first = await request(source);
  if (first === undefined) return undefined;
  const { bytes } = first;
  const start = source.part?.start ?? 0;
  let { body } = first;
  let chunks = body[Symbol.asyncIterator]();
  let done = 0;
  let resumes = 0;

  async function resume(cause: unknown): Promise<void> {
    body.destroy();
    resumes += 1;
    if (resumes > MAX_RESUMES) throw asS3Problem(cause);
    const again = await request({ ...source, part: { start: start + done, end: start + bytes - 1 } });
    if (again === undefined)
      throw new ProblemError('unavailable', 'A stored object vanished while it was read.');
    body = again.body;
    chunks = body[Symbol.asyncIterator]();
  }

  async function next(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (done >= bytes) return undefined;
      try {
        const result = await chunks.next();
        if (result.done !== true) return result.value as Uint8Array;
        await resume(new Error('The connection ended early.'));
      } catch (error) {
        if (ProblemError.is(error)) throw error;
        await resume(error);
      }
    }
  }

  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await next();
        if (chunk === undefined) {
          body.destroy();
          controller.close();
          return;
        }
        done += chunk.byteLength;
        resumes = 0;
        controller.enqueue(new Uint8Array(chunk));
      },
      cancel() {
        body.destroy();
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, bytes };
}
