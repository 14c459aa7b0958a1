import { ProblemError } from '@buildsrs/common';

/** The system's word for an error: `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** What an error of the file system means to who asked. Problems stay what they are. */
export function asProblem(error: unknown): ProblemError {
  if (ProblemError.is(error)) return error;
  const code = errorCode(error);
  // EFBIG: beyond what the file system, or the process's own limit, allows one file.
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG')
    return new ProblemError('storage-full', 'The storage is full; its operator can make room.', {
      cause: error,
    });
  return new ProblemError('unavailable', `The storage cannot be used at the moment (${code ?? 'unknown'}).`, {
    cause: error,
  });
}

/** Gives `fallback` where a file is not there, and problems for all other errors. */
export async function whenMissing<T, F>(work: Promise<T>, fallback: F): Promise<T | F> {
  try {
    return await work;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return fallback;
    throw asProblem(error);
  }
}
