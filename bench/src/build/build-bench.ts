import type { Bench } from '../bench.ts';

export const buildBench: Bench = {
  summary: 'from `start --once` to published, against `cargo install` of the same crate and version',
  run: async () => 0,
};
