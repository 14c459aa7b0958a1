export * from './driver.ts';
export * from './errors.ts';
export * from './job-context.ts';
export * from './open-executor.ts';
export * from './run-job.ts';
export * from './settings.ts';
export * from './toolchain.ts';
