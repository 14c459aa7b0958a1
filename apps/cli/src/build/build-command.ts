import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { styleText } from 'node:util';
import {
  flagSwitch,
  optionalText,
  parseTarget,
  SentenceError,
  TargetSchema,
  type Settings,
} from '@buildsrs/common';
import {
  caBundleOf,
  dockerOptionsOf,
  vmOptionsOf,
  executorSettings,
  openExecutor,
  readExecutorFacts,
} from '@buildsrs/executor';
import { CRATES_IO } from '@buildsrs/registry';
import * as v from 'valibot';
import { defineCommand } from '../command.ts';
import { packageCrate } from './package-crate.ts';
import { rehearse } from './rehearse.ts';
import { rehearsalJson, rehearsalText } from './report.ts';

const settings = {
  ...executorSettings,
  target: {
    schema: v.optional(TargetSchema),
    value: 'TRIPLE',
    help: 'What to build for. Default: this machine.',
  },
  registry: {
    schema: v.optional(
      v.pipe(v.string(), v.regex(/^sparse\+https?:\/\/.+\/$/, 'is a sparse index such as sparse+https://…/')),
      CRATES_IO.sparseIndex,
    ),
    value: 'URL',
    help: 'The index dependencies come from. Default: crates.io.',
  },
  dataDir: {
    schema: optionalText,
    value: 'DIR',
    help: 'Where downloads are kept. Default: ~/.cache/builds-rs.',
  },
  json: { schema: flagSwitch, help: 'One line of JSON on standard output, all else on standard error.' },
} as const satisfies Settings;

/** `builds build [DIR]`: what the service would make of the crate in this folder. */
export const buildCommand = defineCommand({
  name: 'build',
  usage: {
    name: 'builds build',
    summary: 'Build the crate in this folder as the service would, before it is published.',
    settings,
    positionals: '[DIR]',
    examples: ['builds build', 'builds build ../my-crate --executor sandbox', 'cargo builds build --json'],
  },
  run: async (values, positionals, context) => {
    if (positionals.length > 1)
      throw new SentenceError('bad-usage', 'builds build takes one folder.', { exitCode: 2 });
    const directory = resolve(context.cwd, positionals[0] ?? '.');
    const crate = await packageCrate({ directory, environment: context.environment, signal: context.signal });
    const dataDir = resolve(
      context.cwd,
      values.dataDir ?? join(context.environment['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'builds-rs'),
    );
    const out = values.json ? context.stderr : context.stdout;
    out.write(
      `${styleText('bold', `${crate.name} ${crate.version}`)} packed as cargo publish would, sha256 ${crate.checksum}\n`,
    );
    await using driver = await openExecutor({
      executor: values.executor,
      allowUnsandboxed: values.allowUnsandboxed,
      dataDir,
      caBundle: caBundleOf(values.caBundle, context.environment),
      environment: context.environment,
      docker: dockerOptionsOf(values),
      vm: vmOptionsOf(values),
      requireSafe: values.requireSafe,
      onProgress: (line) => void context.stderr.write(`${line}\n`),
    });
    const target = values.target ?? parseTarget((await readExecutorFacts(driver)).toolchain.host);
    const outputDir = join(crate.targetDir, 'buildsrs');
    const rehearsed = await rehearse({
      crate,
      driver,
      dataDir,
      outputDir,
      target,
      registryIndex: values.registry,
      signal: context.signal,
      onStage: (stage) => void out.write(`${styleText('cyan', stage)}\n`),
      onLog: (bytes) => void context.stderr.write(bytes),
    });
    if (values.json) context.stdout.write(`${rehearsalJson(crate, target, rehearsed, outputDir)}\n`);
    else out.write(rehearsalText(rehearsed, outputDir, context.cwd));
    return rehearsed.outcome.status === 'succeeded' ? 0 : 1;
  },
});
