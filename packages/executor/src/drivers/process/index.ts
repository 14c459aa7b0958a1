export { openProcessDriver } from './process-driver.ts';
