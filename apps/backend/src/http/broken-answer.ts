/**
 * What a stream fails with once its answer has begun: the server's adapter writes the message of the error behind the
 * bytes before it breaks the connection, so it must say nothing. The cause is for the log.
 */
export function brokenAnswer(cause: unknown): Error {
  return new Error('the answer broke off', { cause });
}
