export { makeKeyFile, readKeyFile, type KeyFileOptions } from './key-file.ts';
