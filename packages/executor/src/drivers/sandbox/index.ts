export { openSandboxDriver } from './sandbox-driver.ts';
export { probeSandbox } from './probe-sandbox.ts';
export type { SandboxOptions } from './sandbox-options.ts';
