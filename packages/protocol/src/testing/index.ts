export * from './channel-pair.ts';
export * from './fake-clock.ts';
export * from './memory-backend.ts';
export * from './raw-builder.ts';
export * from './fuzz-runs.ts';
