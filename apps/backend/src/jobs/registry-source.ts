import { CRATES_IO } from '@buildsrs/registry';
import { getRegistry, type RegistrySettings } from '@buildsrs/database';
import type { Context } from '../context.ts';

/** The registry changes when an operator points the synchronisation elsewhere, which is rare. */
const FRESH_MS = 10_000;

/** Reads where crates come from, at most once in ten seconds; crates.io until a synchronisation has said otherwise. */
export function registrySource({ db }: Pick<Context, 'db'>): () => Promise<RegistrySettings> {
  let known: { readonly at: number; readonly settings: RegistrySettings } | undefined;
  return async function registry() {
    if (known !== undefined && performance.now() - known.at < FRESH_MS) return known.settings;
    const settings = (await getRegistry(db)) ?? { index: CRATES_IO.sparseIndex, dl: CRATES_IO.dl, api: null };
    known = { at: performance.now(), settings };
    return settings;
  };
}
