/**
 * An error whose message is a sentence for people: what happened and what to do. Programs print it without a stack
 * trace and exit with {@link exitCode}. Every other error that reaches a program's end is a bug.
 */
export class SentenceError extends Error {
  /** Machine word for the case, kebab-case. */
  readonly code: string;
  /** What a program ends with: 1 what was asked failed, 2 wrong usage or settings, 3 this machine lacks something. */
  readonly exitCode: 1 | 2 | 3;

  constructor(code: string, message: string, options: { exitCode?: 1 | 2 | 3; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SentenceError';
    this.code = code;
    this.exitCode = options.exitCode ?? 1;
  }

  /** By name and not by class, so that it holds across copies of this package. */
  static is(error: unknown): error is SentenceError {
    return error instanceof Error && error.name === 'SentenceError';
  }
}
