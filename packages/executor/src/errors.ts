import type { Failure } from '@buildsrs/common';

/** The builder could not run a build: a fault of ours or of this machine, never the crate's. Becomes `executor-error`. */
export class ExecutorError extends Error {
  override readonly name = 'ExecutorError';
}

/** What a build left is not what may be taken out: not a regular file, not there, or too large. */
export class BadOutputError extends Error {
  override readonly name = 'BadOutputError';
  /** `missing`: there is nothing; `irregular`: a link, device, pipe or folder; `too-large`: more than was allowed. */
  readonly reason: 'missing' | 'irregular' | 'too-large';

  constructor(reason: 'missing' | 'irregular' | 'too-large', message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Ends a job with a known failure, from wherever it was recognised. `runJob` turns it into its outcome. */
export class JobFailedError extends Error {
  override readonly name = 'JobFailedError';
  readonly failure: Failure;

  constructor(failure: Failure, options: { cause?: unknown } = {}) {
    super(failure.message, options);
    this.failure = failure;
  }
}
