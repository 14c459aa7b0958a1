import { parseCrateName, type ProblemError } from '@buildsrs/common';
import { adopt } from '../adopt.ts';
import type { Work } from '../build-crates.ts';
import type { StandaloneSettings } from '../settings.ts';
import type { WantedCrate } from '../wanted-crate.ts';
import { openFolderRegistry, SAMPLE, type OpenRegistry } from './open-registry.ts';
import { syncedCrates, type SyncedCrates } from './sync-crates.ts';

/** What is to be built, and what cannot be. */
export interface FoundCrates {
  readonly available: readonly WantedCrate[];
  readonly refused: readonly { readonly crate: string; readonly sentence: string }[];
  /** Where the registry could not be asked: what to say of a crate that is not known from before. */
  readonly unreachable?: (problem: ProblemError) => string | undefined;
}

/**
 * Brings the database up to the registry for the crates that are wanted. Where crates.io cannot be reached, what is known
 * from before is built from that, and the sample crate that comes with us is built beside it.
 */
export async function findCrates(
  wanted: readonly WantedCrate[],
  settings: StandaloneSettings,
  work: Work,
): Promise<FoundCrates> {
  const { registry, view } = work;
  if (wanted.length === 0) return { available: [], refused: [] };
  view.starting('registry', `asking ${registry.title}`);
  const why = await registry.unreachable;
  if (why === undefined) {
    const { absent } = await sync(
      registry,
      wanted.map((crate) => crate.name),
      work,
    );
    const available = wanted.filter((crate) => !absent.has(crate.name));
    view.started('registry', `${registry.title}${available.length === 0 ? '' : `, ${names(available)}`}`);
    const refused = [...absent].map(([crate, sentence]) => ({ crate, sentence }));
    return { available, refused };
  }
  view.started('registry', work.paint('yellow', why.message));
  const unreachable = (problem: ProblemError) =>
    problem.code === 'crate-not-found' || problem.code === 'version-not-found'
      ? `It is not known from before, and ${registry.title} cannot be reached.`
      : undefined;
  if (settings.registry !== undefined) return { available: wanted, refused: [], unreachable };
  const sample = await adopt(work.stack, await openFolderRegistry(SAMPLE.folder));
  const name = parseCrateName(SAMPLE.crate);
  await sync(sample, [name], work);
  view.print(`    The sample crate ${name}, which comes with builds.rs, is built instead.`);
  return { available: [...wanted, { name, version: 'latest' }], refused: [], unreachable };
}

async function sync(registry: OpenRegistry, crates: readonly string[], work: Work): Promise<SyncedCrates> {
  const program = await work.house.startSync(registry, [...new Set(crates)]);
  const synced = await syncedCrates(program, registry.title);
  for (const remark of synced.remarks) work.view.print(work.paint('yellow', `    ${remark}`));
  return synced;
}

function names(crates: readonly WantedCrate[]): string {
  return [...new Set(crates.map((crate) => crate.name))].join(', ');
}
