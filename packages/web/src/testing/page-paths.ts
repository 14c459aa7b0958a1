import { SAMPLE_BUILDS } from './sample-data.ts';

const running = SAMPLE_BUILDS[0]?.id ?? '';
const succeeded = SAMPLE_BUILDS[2]?.id ?? '';
const failed = SAMPLE_BUILDS[4]?.id ?? '';

/** An address of every page with sample data, by the route that answers it and a word for its case. */
export const PAGE_PATHS: readonly { readonly route: string; readonly name: string; readonly path: string }[] =
  [
    { route: '/', name: 'home', path: '/' },
    { route: '/crates', name: 'search', path: '/crates?q=e' },
    { route: '/crates', name: 'search-none', path: '/crates?q=nothing-like-it' },
    { route: '/crates/:name', name: 'crate', path: '/crates/hexyl' },
    { route: '/crates/:name', name: 'crate-waiting', path: '/crates/just' },
    { route: '/crates/:name/:version', name: 'version', path: '/crates/hexyl/0.16.0' },
    { route: '/crates/:name/:version', name: 'version-yanked', path: '/crates/hexyl/0.14.0' },
    { route: '/crates/:name/:version', name: 'version-unbuilt', path: '/crates/hexyl/0.13.1' },
    { route: '/builds/:id', name: 'build', path: `/builds/${succeeded}` },
    { route: '/builds/:id', name: 'build-failed', path: `/builds/${failed}` },
    { route: '/builds/:id', name: 'build-running', path: `/builds/${running}` },
    { route: '/queue', name: 'queue', path: '/queue' },
    { route: '/queue', name: 'queue-waiting', path: '/queue?status=pending' },
    { route: '/builders', name: 'builders', path: '/builders' },
    { route: '/*', name: 'problem', path: '/crates/hexil' },
    { route: '/*', name: 'not-found', path: '/no/such/page' },
  ];
