import type { ApiClient } from '@buildsrs/client';
import { createFakeClient } from './fake-client.ts';

/** Fields whose text crates, builders or their logs write, and no schema restricts to harmless characters. */
const FREE_TEXT = new Set([
  'description',
  'license',
  'message',
  'hint',
  'dependency',
  'path',
  'rustVersion',
  'reason',
  'hostname',
  'kernel',
  'builderVersion',
  'rustc',
  'commit',
  'llvm',
]);

/** Fields that hold a web address, or claim to. */
const ADDRESSES = new Set(['repository', 'homepage', 'url']);

/** Which fields are replaced: those nothing restricts, the addresses, or also names that a schema would have refused. */
export type Hostility = 'free-text' | 'addresses' | 'everything';

function isReplaced(key: string, parent: object, hostility: Hostility): boolean {
  if (hostility === 'addresses') return ADDRESSES.has(key);
  if (FREE_TEXT.has(key)) return true;
  // A builder's name and a program's name are free text as well; a crate's is not.
  if (key === 'name' && ('fingerprint' in parent || 'requiredFeatures' in parent)) return true;
  if (key === 'cargo' || key === 'isolation' || key === 'executor') return false;
  const proven = [
    'crate',
    'version',
    'latest',
    'name',
    'target',
    'mediaType',
    'repository',
    'homepage',
    'url',
  ];
  return hostility === 'everything' && proven.includes(key);
}

function poison(value: unknown, hostility: Hostility, next: () => string): unknown {
  if (Array.isArray(value)) return value.map((item) => poison(item, hostility, next));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) =>
      typeof item === 'string' && isReplaced(key, value, hostility)
        ? [key, next()]
        : [key, poison(item, hostility, next)],
    ),
  );
}

/** A client whose answers carry these texts, one after another, wherever the hostility says. */
export function createHostileClient(hostility: Hostility, next: () => string): ApiClient {
  const honest = createFakeClient();
  const poisoned =
    <Arguments extends readonly unknown[], Answer>(call: (...parameters: Arguments) => Promise<Answer>) =>
    async (...parameters: Arguments): Promise<Answer> =>
      poison(await call(...parameters), hostility, next) as Answer;
  return {
    ...honest,
    searchCrates: poisoned(honest.searchCrates),
    getCrate: poisoned(honest.getCrate),
    // Who asks by a poisoned version gets the honest one's neighbour.
    getVersion: poisoned(async (name, version) => {
      const known = await honest.getCrate(name);
      return await honest.getVersion(
        name,
        known.versions.some((entry) => entry.version === version)
          ? version
          : (known.versions[0]?.version ?? version),
      );
    }),
    listTasks: poisoned(honest.listTasks),
    listBuilds: poisoned(honest.listBuilds),
    getBuild: poisoned(honest.getBuild),
    listBuilders: poisoned(honest.listBuilders),
    listTargets: poisoned(honest.listTargets),
  };
}
