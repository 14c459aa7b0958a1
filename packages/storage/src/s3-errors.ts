import { ProblemError } from '@buildsrs/common';

interface S3Failure {
  readonly name: string;
  readonly status: number | undefined;
}

function failureOf(error: unknown): S3Failure {
  if (!(error instanceof Error)) return { name: 'unknown', status: undefined };
  const metadata = '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }) : undefined;
  return { name: error.name, status: metadata?.httpStatusCode };
}

/** The object is not there. A missing bucket is something else, and found when the store is opened. */
function isMissing(error: unknown): boolean {
  const { name, status } = failureOf(error);
  return name === 'NoSuchKey' || name === 'NotFound' || (status === 404 && name !== 'NoSuchBucket');
}

/** The multipart upload is not there any more: it was completed, or swept. */
export function isUploadGone(error: unknown): boolean {
  return failureOf(error).name === 'NoSuchUpload';
}

/** What an error of S3 means to who asked. Problems stay what they are. */
export function asS3Problem(error: unknown): ProblemError {
  if (ProblemError.is(error)) return error;
  const { name, status } = failureOf(error);
  if (status === 507 || name === 'QuotaExceeded' || name === 'XMinioStorageFull')
    return new ProblemError('storage-full', 'The storage is full; its operator can make room.', {
      cause: error,
    });
  return new ProblemError('unavailable', `The storage cannot be used at the moment (${name}).`, {
    cause: error,
  });
}

/** Gives `fallback` where an object is not there, and problems for all other errors. */
export async function whenAbsent<T, F>(work: Promise<T>, fallback: F): Promise<T | F> {
  try {
    return await work;
  } catch (error) {
    if (isMissing(error)) return fallback;
    throw asS3Problem(error);
  }
}
