import * as v from 'valibot';

interface ProblemFacts {
  readonly status: number;
  readonly title: string;
}

/** Every error the API answers with, by its code; RFC 9457 `type` is `/problems/{code}` on the instance that answers. */
export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  unauthorized: { status: 401, title: 'This needs a token' },
  forbidden: { status: 403, title: 'This token may not do this' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'crate-not-found': { status: 404, title: 'There is no such crate' },
  'version-not-found': { status: 404, title: 'The crate has no such version' },
  'task-not-found': { status: 404, title: 'There is no such task' },
  'build-not-found': { status: 404, title: 'There is no such build' },
  'artifact-not-found': { status: 404, title: 'There is no such artifact' },
  'not-built': { status: 404, title: 'This is not built yet' },
  'upgrade-required': { status: 426, title: 'This is a WebSocket' },
  'method-not-allowed': { status: 405, title: 'This cannot be done here' },
  'lease-lost': { status: 409, title: 'The lease of this build has ended' },
  'no-builder': { status: 409, title: 'No builder offers this target' },
  'no-binaries': { status: 409, title: 'The crate has no program' },
  'opted-out': { status: 409, title: 'The crate is not built here' },
  'version-yanked': { status: 409, title: 'This version is yanked' },
  'too-large': { status: 413, title: 'This is too large' },
  'range-not-satisfiable': { status: 416, title: 'The range is outside of the file' },
  'digest-mismatch': { status: 422, title: 'The bytes are not what was announced' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something went wrong here' },
  unavailable: { status: 503, title: 'This is not available at the moment' },
  'storage-full': { status: 507, title: 'The storage is full' },
} as const satisfies Record<string, ProblemFacts>;

export type ProblemCode = keyof typeof PROBLEMS;
export const PROBLEM_CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

/** Problem details (RFC 9457) as the API answers them, with media type `application/problem+json`. */
export const ProblemSchema = v.object({
  type: v.string(),
  title: v.string(),
  status: v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599)),
  /** One sentence about this case. */
  detail: v.string(),
  /** Which problem of the catalogue. */
  code: v.picklist(PROBLEM_CODES),
  /** The request's id, as in the server's log. */
  instance: v.optional(v.string()),
  /** For `invalid-request`: what is wrong with which field. */
  issues: v.optional(v.array(v.object({ path: v.string(), message: v.string() }))),
  /** For `crate-not-found`: the nearest names there are. */
  suggestions: v.optional(v.array(v.string())),
});
export type Problem = v.InferOutput<typeof ProblemSchema>;

type ProblemExtras = Pick<Problem, 'issues' | 'suggestions'>;

/** Thrown by services, rendered once by the backend's error handler, rebuilt by the client. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly extras: ProblemExtras;

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras & { cause?: unknown } = {}) {
    const { cause, ...rest } = extras;
    super(detail, cause === undefined ? undefined : { cause });
    this.name = 'ProblemError';
    this.code = code;
    this.status = PROBLEMS[code].status;
    this.extras = rest;
  }

  /** By name and not by class, so that it holds across copies of this package. */
  static is(error: unknown): error is ProblemError {
    return error instanceof Error && error.name === 'ProblemError';
  }
}
