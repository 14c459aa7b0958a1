export * from './executor-fixture.ts';
export * from './failing-corpus.ts';
export * from './needs.ts';
export * from './run-recorded.ts';
export * from './sample-job.ts';
export * from './unpack-system.ts';
