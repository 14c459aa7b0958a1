import type { CrateName } from '@buildsrs/common';
import * as v from 'valibot';
import type { Program } from '../servers/program.ts';

/** What the start command reads of registry-sync's summary. */
const SummarySchema = v.object({
  absent: v.array(v.object({ name: v.string(), nearest: v.array(v.string()) })),
});

/** What a synchronisation found. */
export interface SyncedCrates {
  /** A sentence for each crate the registry does not have. */
  readonly absent: ReadonlyMap<CrateName, string>;
  /** What else it had to say: a checksum that changed. */
  readonly remarks: readonly string[];
}

/**
 * Waits for `registry-sync --once` and reads what it found.
 *
 * @throws {SentenceError} when it could not do its work.
 */
export async function syncedCrates(sync: Program, registryTitle: string): Promise<SyncedCrates> {
  const { code } = await sync.ended;
  const summary = sync.output.map(readSummary).find((entry) => entry !== undefined);
  if (summary === undefined) throw sync.endError();
  const absent = new Map<CrateName, string>();
  for (const { name, nearest } of summary.absent) {
    const meant = nearest.length === 0 ? 'Check its spelling.' : `Did you mean ${oneOf(nearest)}?`;
    absent.set(name as CrateName, `There is no crate named ${name} on ${registryTitle}. ${meant}`);
  }
  const remarks = code === 0 ? [] : sync.endError().message.split('\n').slice(absent.size);
  return { absent, remarks };
}

function readSummary(line: string): v.InferOutput<typeof SummarySchema> | undefined {
  try {
    const parsed = v.safeParse(SummarySchema, JSON.parse(line));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

function oneOf(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
}
