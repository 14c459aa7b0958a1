import { defineConfig } from 'vitest/config';

/** The contract of executors on emulated machines (`pnpm test:vm`): half an hour, so it is not part of `pnpm test`. */
export default defineConfig({
  test: {
    include: ['packages/executor/src/**/*.vm-test.ts'],
    reporters: ['default', './scripts/summary-reporter.ts'],
  },
});
