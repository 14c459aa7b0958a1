import type { TestContext } from 'vitest';

/**
 * Skips a test with the reason where this machine lacks something; where everything is promised
 * (`BUILDSRS_TEST_REQUIRE_ALL=1`, set by `.ci/run`) it fails instead.
 */
export function skipUnless(present: boolean, context: Pick<TestContext, 'skip'>, reason: string): void {
  if (present) return;
  if (process.env['BUILDSRS_TEST_REQUIRE_ALL'] === '1')
    throw new Error(`This run skips nothing, but: ${reason}`);
  context.skip(reason);
}
