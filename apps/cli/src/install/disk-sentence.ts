import { SentenceError } from '@buildsrs/common';

const REASONS: Readonly<Record<string, (path: string) => string>> = {
  ENOSPC: (path) => `The disk is full: ${path} cannot be written.`,
  EDQUOT: (path) => `Your quota is used up: ${path} cannot be written.`,
  EACCES: (path) => `You may not write to ${path}. Choose another place.`,
  EPERM: (path) => `You may not write to ${path}. Choose another place.`,
  EROFS: (path) => `${path} is on a disk that can only be read. Choose another place.`,
  ENOTDIR: (path) => `${path} cannot be made: a part of it is a file, not a folder.`,
  EEXIST: (path) => `${path} cannot be made: there is a file of this name.`,
  ENOENT: (path) => `${path} cannot be written: its folder is not there.`,
  EISDIR: (path) => `${path} is a folder, and would have to be a file.`,
};

/** What a failed write means to people; errors that are not the system's stay as they are. */
export function diskSentence(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || SentenceError.is(error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  const sentence = REASONS[code]?.(path) ?? `${path} cannot be written (${code}).`;
  return new SentenceError('cannot-write', `${sentence} Nothing was installed.`, { cause: error });
}
