import { SentenceError } from '@buildsrs/common';

const REASONS: Readonly<Record<string, (path: string) => string>> = {
  ENOSPC: (path) => `The disk is full: ${path} cannot be written.`,
  EDQUOT: (path) => `Your quota is used up: ${path} cannot be written.`,
  EACCES: (path) => `You may not write to ${path}. Choose another place.`,
  EPERM: (path) => `You may not write to ${path}. Choose another place.`,
  EROFS: (path) => `${path} is on a disk that can only be read. Choose another place.`,
  ENOTDIR: (path) => `${path} cannot be made: a part of it is a file, not a folder.`,
  EEXIST: (path) => `${path} cannot be made: there is a file of this name.`,
  EISDIR: (path) => `${path} is a folder, and would have to be a file.`,
};

/** What a failed write means to people; other errors stay as they are. */
export function diskSentence(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || SentenceError.is(error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  const reason = code === undefined ? undefined : REASONS[code];
  if (reason === undefined) return error;
  return new SentenceError('cannot-write', `${reason(path)} Nothing was installed.`, { cause: error });
}
