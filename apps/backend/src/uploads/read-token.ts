import { JobSchema, ProblemError } from '@buildsrs/common';
import * as v from 'valibot';

const TokenSchema = JobSchema.entries.lease.entries.token;

/**
 * The token of an `Authorization: Bearer …` header (RFC 6750 §2.1).
 *
 * @throws {ProblemError} `unauthorized`
 */
export function readToken(authorization: string | undefined): string {
  const match = /^Bearer ([^\s]+)$/i.exec(authorization ?? '');
  const token = v.safeParse(TokenSchema, match?.[1]);
  if (token.success) return token.output;
  throw new ProblemError(
    'unauthorized',
    'This needs the token of the build in the header Authorization, as Bearer.',
  );
}
