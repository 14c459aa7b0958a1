export * from './checkpoint.ts';
export * from './hash.ts';
export * from './proof.ts';
export * from './tile.ts';
export * from './tree.ts';
