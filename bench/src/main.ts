import { SentenceError } from '@buildsrs/common';
import type { Bench } from './bench.ts';
import { buildBench } from './build/build-bench.ts';
import { reproducibleBench } from './reproducible/reproducible-bench.ts';
import { soakBench } from './soak/soak-bench.ts';
import { storageBench } from './storage/storage-bench.ts';
import { yieldBench } from './yield/yield-bench.ts';

const BENCHES: Readonly<Record<string, Bench>> = {
  build: buildBench,
  reproducible: reproducibleBench,
  soak: soakBench,
  storage: storageBench,
  yield: yieldBench,
};

const [name = '', ...args] = process.argv.slice(2);
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (bench === undefined) {
  const rows = Object.entries(BENCHES).map(([key, { summary }]) => `  ${key.padEnd(12)} ${summary}`);
  console.log(['Usage: pnpm bench NAME [options]', '', ...rows].join('\n'));
  process.exitCode = name === '' || name === '--help' ? 0 : 2;
} else {
  try {
    process.exitCode = await bench.run(args);
  } catch (error) {
    if (!SentenceError.is(error)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  }
}
