import type { TestContext } from 'vitest';

/**
 * Skips a test with a printed reason when this machine lacks what it needs; where `BUILDSRS_TEST_REQUIRE_ALL` is set,
 * nothing may lack and the test fails instead.
 */
export function lacks(context: TestContext, reason: string): void {
  if (process.env['BUILDSRS_TEST_REQUIRE_ALL'] === '1')
    throw new Error(`This machine lacks something: ${reason}`);
  context.skip(reason);
}
