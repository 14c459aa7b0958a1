export * from './fixtures.ts';
export * from './make-registry.ts';
export * from './hostile-archives.ts';
