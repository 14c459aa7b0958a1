import type { DockerOptions } from '../docker/index.ts';

/** How a machine's processor is made: by the host's own, or emulated instruction by instruction. */
export type VmAccelerator = 'kvm' | 'tcg';

/** What the VM executor is opened with. The Docker executor, which fetches for it, has its own. */
export interface VmOptions extends DockerOptions {
  readonly vm?: {
    /** Default: `kvm`. Emulation takes about ten times as long and is only used when asked for. */
    readonly accelerator?: VmAccelerator;
    /** The folder that `docker/vm/make.sh` made. Default: {@link DEFAULT_IMAGES}. */
    readonly images?: string;
  };
}

/** Where `docker/vm/make.sh` puts what it makes. */
export const DEFAULT_IMAGES = '/var/cache/builds-rs/vm/current';
