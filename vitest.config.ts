import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'apps/*/src/**/*.test.ts',
      'test/src/**/*.test.ts',
      'bench/src/**/*.test.ts',
    ],
    globalSetup: ['packages/database/src/testing/global-setup.ts'],
    reporters: ['default', './scripts/summary-reporter.ts'],
    // Generous, as the same suite runs on laptops under load and on a two-core CI machine; no test asserts a time.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    passWithNoTests: true,
  },
});
