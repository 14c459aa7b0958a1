import { fileURLToPath } from 'node:url';
import { makeRegistry, readFixtureCrates } from './make-registry.ts';

const fixtures = fileURLToPath(new URL('../../../../fixtures/', import.meta.url));

/** Sources of the sample crates. */
export const FIXTURE_CRATES_DIR = `${fixtures}crates`;
/** The registry folder made of them, checked in. */
export const FIXTURE_REGISTRY_DIR = `${fixtures}registry`;

// `node packages/registry/src/testing/fixtures.ts` makes the folder anew after a change of the sources.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await makeRegistry(FIXTURE_REGISTRY_DIR, readFixtureCrates(FIXTURE_CRATES_DIR));
}
