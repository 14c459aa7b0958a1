/**
 * SQLSTATE classes and codes that say "the database cannot serve now": connection exceptions (08), insufficient
 * resources such as too many connections (53), operator intervention such as shutdown and a cancelled statement (57).
 */
const SQLSTATE = /^(?:08|53|57)[0-9A-Z]{3}$/;
const NODE = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);

/** `pg` and its pool give these two without a code. */
const MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/;

/** Whether an error means that the database or the storage is out of reach for now, so that asking again may help. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.every(isUnavailable);
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as Error & { code?: unknown; syscall?: unknown };
  // The socket file of a database that is reached by one.
  if (code === 'ENOENT') return syscall === 'connect';
  if (typeof code === 'string' && (SQLSTATE.test(code) || NODE.has(code))) return true;
  return MESSAGES.test(error.message) || (error.cause !== undefined && isUnavailable(error.cause));
}
