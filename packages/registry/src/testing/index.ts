export * from './fixtures.ts';
export * from './make-registry.ts';
