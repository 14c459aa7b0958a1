import type { DriverOptions } from '../../open-executor.ts';

/** What the Docker executor is opened with. */
export interface DockerOptions extends DriverOptions {
  readonly docker?: {
    /** The image the toolchain image is built from. Default: `buildsrs/rust:bookworm` where it is, else `rust:1-slim-bookworm`. */
    readonly base?: string;
    /** An image that has the toolchain, used as it is instead of building one. */
    readonly image?: string;
    /** The OCI runtime builds run in, by the name the engine knows it: `runsc`, … Fetches, and all by default: the engine's. */
    readonly runtime?: string;
  };
  /** Told what takes long at start, line by line: the building of the toolchain image. */
  onProgress?(line: string): void;
}
