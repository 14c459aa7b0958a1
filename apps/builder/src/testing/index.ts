export { TestBackend } from './test-backend.ts';
