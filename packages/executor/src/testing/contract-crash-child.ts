import { writeSync } from 'node:fs';
import { openExecutor } from '../open-executor.ts';
import { TRIAL_LIMITS } from './contract-harness.ts';
import { ExecutorNameSchema } from '@buildsrs/common';
import * as v from 'valibot';

const OptionsSchema = v.object({
  executor: ExecutorNameSchema,
  docker: v.optional(v.object({ runtime: v.string() })),
  vm: v.optional(v.object({ accelerator: v.picklist(['kvm', 'tcg']), images: v.optional(v.string()) })),
});

/**
 * A builder that is going to be killed: `node contract-crash-child.ts OPTIONS DATA_DIR ID TOKEN`, the first as JSON.
 * Prints `up` as soon as a build runs that would run for ever.
 */
const [options = '', dataDir = '', id = '', token = ''] = process.argv.slice(2);
const driver = await openExecutor({
  ...v.parse(OptionsSchema, JSON.parse(options)),
  dataDir,
  allowUnsandboxed: true,
  environment: process.env,
});
const workspace = await driver.open({ id, limits: TRIAL_LIMITS });
await workspace.run({
  argv: ['sh', '-c', 'setsid sleep 600 & echo up; while :; do sleep 1; done', token],
  env: {},
  cwd: workspace.paths.build,
  network: false,
  cargoHome: 'read-only',
  timeoutMs: 600_000,
  signal: new AbortController().signal,
  onOutput: (chunk) => void writeSync(1, chunk),
});
