import type { ArtifactName, Digest, Failure, JobResult, Stage, UploadedArtifact } from '@buildsrs/common';
import type { ExecutorDriver } from './driver.ts';

/** A finished file on this machine that waits for its upload; it is removed when the job has ended. */
export interface OutputFile {
  readonly name: ArtifactName;
  /** Where it is on this machine. */
  readonly path: string;
  readonly sha256: Digest;
  /** Bytes. */
  readonly size: number;
  readonly mediaType: string;
}

/** What a job needs from the program that runs it. */
export interface JobContext {
  readonly driver: ExecutorDriver;
  /** The folder of this builder: caches, workspaces and outputs live below it. */
  readonly dataDir: string;
  /** `name/version` of the program, for build info and `User-Agent`. */
  readonly builderVersion: string;
  /** Told when a stage begins. */
  onStage(stage: Stage): void | Promise<void>;
  /** Every byte of the log in order, already held to `limits.logBytes`; awaited, so that a slow reader slows the build. */
  onLog(bytes: Uint8Array): void | Promise<void>;
  /**
   * Hands a finished file over. A `JobFailedError` thrown here becomes the job's failure as it is, every other error
   * `upload-error`.
   */
  upload(file: OutputFile): Promise<UploadedArtifact>;
  /** Aborted when the build is not wanted any more; the job ends as `cancelled`. */
  readonly signal: AbortSignal;
}

/** How a job ended. Nothing of it is left on this machine but the shared download caches. */
export type JobOutcome =
  | { readonly status: 'succeeded'; readonly result: JobResult }
  | { readonly status: 'failed'; readonly failure: Failure }
  | { readonly status: 'cancelled' };
