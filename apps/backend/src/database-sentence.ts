import { SentenceError } from '@buildsrs/common';
import { isUnavailable } from './http/is-unavailable.ts';

/** SQLSTATEs of a server that answers and does not let us in (PostgreSQL appendix A). */
const REFUSALS: Readonly<Record<string, string>> = {
  '28P01': 'refuses the password',
  '28000': 'refuses this user',
  '3D000': 'has no database of this name; make it with createdb',
  '42501': 'does not let this user make tables',
};

/** Where a database is, without user and password. */
function placeOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname || 'localhost'}:${port || '5432'}${pathname}`;
}

/** What to tell who started a program whose database cannot be used; other errors stay what they are. */
export function databaseSentence(error: unknown, url: string): unknown {
  if (SentenceError.is(error) || !(error instanceof Error)) return error;
  const refusal = REFUSALS[(error as Error & { code?: string }).code ?? ''];
  if (refusal !== undefined) {
    return new SentenceError('database-refused', `The database at ${placeOf(url)} ${refusal}.`, {
      exitCode: 3,
      cause: error,
    });
  }
  if (!isUnavailable(error)) return error;
  return new SentenceError(
    'database-unavailable',
    `The database at ${placeOf(url)} cannot be reached. Check the address, and that PostgreSQL runs there.`,
    { exitCode: 3, cause: error },
  );
}
