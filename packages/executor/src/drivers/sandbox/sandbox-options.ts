import type { DriverOptions } from '../../open-executor.ts';

/** What the sandbox executor is opened with. */
export interface SandboxOptions extends DriverOptions {
  readonly sandbox?: {
    /**
     * The root file system whose `/usr`, with the toolchain in it, builds see instead of this machine's: an unpacked
     * toolchain image, so that what is built here is what is built there. Every user must be able to read it.
     */
    readonly system?: string;
  };
}
