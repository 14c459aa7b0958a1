import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BuildSchema, pageOf, SentenceError, STAGES } from '@buildsrs/common';
import * as v from 'valibot';
import { type Run, stepsBetween } from './steps.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** What `start --json` prints for each finished task, as far as it matters here. */
const FinishedSchema = v.object({
  version: v.string(),
  kind: v.string(),
  status: v.picklist(['built', 'failed']),
  failure: v.nullish(v.object({ message: v.string() })),
  artifacts: v.array(v.object({ url: v.string() })),
});
type Finished = v.InferOutput<typeof FinishedSchema>;

type Build = v.InferOutput<typeof BuildSchema>;

/** As a person calls it, through pnpm, when this runs through pnpm. */
function startCommand(): readonly [string, ...string[]] {
  const pnpm = process.env['npm_execpath'];
  if (pnpm === undefined) return [process.execPath, 'apps/standalone/src/main.ts'];
  return /\.[cm]?js$/.test(pnpm) ? [process.execPath, pnpm, 'start'] : [pnpm, 'start'];
}

async function buildsOf(artifactUrl: string, crate: string): Promise<Build[]> {
  const url = new URL(`/api/v1/builds?crate=${encodeURIComponent(crate)}`, artifactUrl);
  const answer = await fetch(url);
  return v.parse(pageOf(BuildSchema), await answer.json()).items;
}

function timeLine(startedAt: number, publishedAt: number, builds: readonly Build[]) {
  const metadata = builds.find((build) => build.kind === 'metadata');
  const binary = builds.find((build) => build.kind === 'binary');
  const time = (text: string | null | undefined) => (text ? Date.parse(text) : undefined);
  const begins = STAGES.map((stage) =>
    time(binary?.stages.find((entry) => entry.stage === stage)?.startedAt),
  );
  /** A stage ends where the next one begins that there was. */
  const endOf = (index: number) => begins.slice(index + 1).find((at) => at !== undefined);
  return stepsBetween(startedAt, [
    ['servers start, index is read', time(metadata?.createdAt)],
    ['metadata build', time(metadata?.endedAt)],
    ['waits for its builder', begins.find((at) => at !== undefined)],
    ...STAGES.map((stage, index) => [stage, endOf(index) ?? time(binary?.endedAt)] as const),
    ['is published and seen', publishedAt],
  ]);
}

/** Runs `start` on an empty folder until the crate's binary is published, and stops it again. */
export async function runOurs(options: {
  readonly crate: string;
  readonly version: string | undefined;
  readonly dataDir: string;
  readonly executor: string;
}): Promise<Run> {
  const { crate, version, dataDir, executor } = options;
  const wanted = version === undefined ? crate : `${crate}@${version}`;
  const [command, ...args] = startCommand();
  const startedAt = Date.now();
  const began = performance.now();
  const child = spawn(
    command,
    [...args, wanted, '--json', '--data', dataDir, '--port', '0', '--executor', executor],
    // A group of its own: the signal that ends it goes to pnpm and to what pnpm started alike.
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  const exited = once(child, 'exit');
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors = (errors + chunk).slice(-8_192);
  });
  let finished: Finished | undefined;
  let totalMs = 0;
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const read = line.startsWith('{') ? v.safeParse(FinishedSchema, JSON.parse(line)) : undefined;
      if (read?.success !== true || (read.output.kind !== 'binary' && read.output.status === 'built'))
        continue;
      totalMs = performance.now() - began;
      finished = read.output;
      break;
    }
    const url = finished?.artifacts[0]?.url;
    if (finished === undefined || url === undefined)
      throw new SentenceError(
        'not-built',
        `${wanted} was not built: ${finished?.failure?.message ?? errors}`,
      );
    const steps = timeLine(startedAt, startedAt + totalMs, await buildsOf(url, crate));
    return { version: finished.version, totalMs, steps };
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT');
    child.stdout.resume();
    await exited;
  }
}
