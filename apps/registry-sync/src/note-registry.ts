import { SentenceError } from '@buildsrs/common';
import { getRegistry, setRegistry } from '@buildsrs/database';
import { CRATES_IO, SparseIndex, type HttpClientOptions, type RegistryConfig } from '@buildsrs/registry';
import type { SyncContext } from './sync-context.ts';

/** How builds reach the registry: the sparse index cargo uses, and where the `.crate` files are. */
export interface NotedRegistry {
  readonly index: string;
  readonly dl: string;
  readonly api: string | null;
}

/**
 * Reads where crates come from and writes it into the database, where builders' jobs are made from it. The `dl` of a
 * folder or repository without a `config.json` is asked of the index that cargo uses.
 */
export async function noteRegistry(
  { db, index, log }: Pick<SyncContext, 'db' | 'index' | 'log'>,
  options: { readonly cargoIndex: string | undefined; readonly http: HttpClientOptions },
): Promise<NotedRegistry> {
  const cargo = new SparseIndex(
    index.kind === 'sparse' ? index.location : (options.cargoIndex ?? CRATES_IO.sparseIndex),
    options.http,
  );
  const config = await index.config().catch(async (error: unknown): Promise<RegistryConfig> => {
    if (SentenceError.is(error) && error.code === 'no-registry-config') return await cargo.config();
    throw error;
  });
  if (config['auth-required'] === true) {
    throw new SentenceError(
      'registry-needs-token',
      `The registry ${index.location} wants a token for every download, which builds cannot give yet. Use a registry that is open.`,
      { exitCode: 2 },
    );
  }
  const registry = { index: cargo.location, dl: config.dl, api: config.api ?? null };
  const before = await getRegistry(db);
  if (before?.index !== registry.index || before.dl !== registry.dl || before.api !== registry.api) {
    if (before !== undefined && before.index !== registry.index) {
      log.warn({ was: before.index, is: registry.index }, 'crates come from another registry from now on');
    }
    await setRegistry(db, registry);
  }
  return registry;
}
