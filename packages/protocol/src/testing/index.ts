export * from './channel-pair.ts';
export * from './fake-clock.ts';
