export * from './content-disposition.ts';
export * from './memory-cache.ts';
export * from './object-store.ts';
export * from './open-store.ts';
export * from './storage-settings.ts';
