export { openVmDriver } from './vm-driver.ts';
export { probeVm } from './probe-vm.ts';
export type { VmOptions } from './vm-options.ts';
