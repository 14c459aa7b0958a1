import type { S3ClientConfig } from '@aws-sdk/client-s3';

/** The SDK's contract for retries, version 2. */
type RetryStrategy = Extract<
  NonNullable<S3ClientConfig['retryStrategy']>,
  { acquireInitialRetryToken: unknown }
>;

const MAX_DELAY_MS = 5_000;
/** Base of the back-off; a server that asks for less gets a longer one. */
const BASE_DELAY_MS = { TRANSIENT: 100, THROTTLING: 500 };

function token(retries: number, delayMs: number) {
  return { getRetryCount: () => retries, getRetryDelay: () => delayMs, getRetryCost: () => undefined };
}

/**
 * Tries each call so often, with a back-off that doubles and full jitter. The SDK's own strategies share one allowance of
 * retries among all calls, which a bad quarter of an hour of the storage uses up; then uploads fail that had tries left.
 */
export function boundedRetries(maxAttempts: number): RetryStrategy {
  return {
    acquireInitialRetryToken: async () => token(0, 0),
    async refreshRetryTokenForRetry(last, { errorType }) {
      const retries = last.getRetryCount() + 1;
      if ((errorType !== 'TRANSIENT' && errorType !== 'THROTTLING') || retries >= maxAttempts)
        throw new Error('No more tries.');
      const longest = Math.min(BASE_DELAY_MS[errorType] * 2 ** (retries - 1), MAX_DELAY_MS);
      return token(retries, Math.random() * longest);
    },
    recordSuccess() {},
  };
}
