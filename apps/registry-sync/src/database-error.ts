import { SentenceError } from '@buildsrs/common';

/** What PostgreSQL and the network say when there is no database to work with, and what people can do. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its host name is not known',
  EAI_AGAIN: 'its host name cannot be looked up',
  ETIMEDOUT: 'it does not answer',
  ECONNRESET: 'it closed the connection',
  '28P01': 'it does not take the password',
  '28000': 'it does not let this user in',
  '3D000': 'it has no such database',
  '57P03': 'it is starting up',
  '57P01': 'it is shutting down',
};

/** Turns an error of the database's connection into a sentence; gives others back as they are. */
export function asDatabaseSentence(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = REASONS[code];
  if (reason === undefined || SentenceError.is(error)) return error;
  return new SentenceError(
    'database-unreachable',
    `The database cannot be used: ${reason} (${code}). Check --database and that PostgreSQL runs.`,
    { cause: error },
  );
}
