export { createFakeClient } from './fake-client.ts';
export * from './sample-data.ts';
export * from './sample-log.ts';
