export { openSandboxDriver } from './sandbox-driver.ts';
export { probeSandbox } from './probe-sandbox.ts';
