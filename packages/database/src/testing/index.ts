export * from './create-test-database.ts';
export * from './seed.ts';
