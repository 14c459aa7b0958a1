import { ProblemError, type Problem } from '@buildsrs/common';
import type { MiddlewareHandler, ValidationTargets } from 'hono';
import { validator } from 'hono-openapi';
import * as v from 'valibot';
import type { AppEnv } from './app-env.ts';

interface StandardIssue {
  readonly message: string;
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
}

/** More than this many faults help nobody. */
const MAX_ISSUES = 10;

/** Where a schema has no sentence of its own, valibot says `Invalid length: Expected <=128 but received 129`. */
const GENERIC = /^Invalid [a-z ]+: E(?=xpected )/i;

/** The fault as a sentence. A hostile value may be in it: without control characters, and not at length. */
function sentenceOf(issue: StandardIssue): string {
  const message = issue.message.replaceAll(/[\u0000-\u001f\u007f]/g, ' ').slice(0, 300);
  if (!GENERIC.test(message)) return message;
  return `${pathOf(issue) || 'The request'} is not valid: ${message.replace(GENERIC, 'e')}.`;
}

function pathOf(issue: StandardIssue): string {
  return (issue.path ?? [])
    .map((part) => String(typeof part === 'object' ? part.key : part))
    .join('.')
    .slice(0, 100);
}

/** The problem of a part of a request that does not fit its schema. */
function invalidRequest(issues: readonly StandardIssue[]): ProblemError {
  const told: NonNullable<Problem['issues']> = issues
    .slice(0, MAX_ISSUES)
    .map((issue) => ({ path: pathOf(issue), message: sentenceOf(issue) }));
  const [first] = told;
  return new ProblemError('invalid-request', first?.message ?? 'The request is not valid.', { issues: told });
}

/** What a handler behind {@link validate} finds by `c.req.valid(target)`. */
interface Validated<Target extends keyof ValidationTargets, Schema extends v.GenericSchema> {
  readonly in: { [Key in Target]: v.InferInput<Schema> };
  readonly out: { [Key in Target]: v.InferOutput<Schema> };
}

/**
 * Checks a part of the request by a schema, which also stands in the OpenAPI document: one truth for both.
 *
 * @throws {ProblemError} `invalid-request`
 */
export function validate<
  const Target extends keyof ValidationTargets,
  const Schema extends v.GenericSchema,
  const Path extends string,
>(target: Target, schema: Schema): MiddlewareHandler<AppEnv, Path, Validated<Target, Schema>> {
  return validator(target, schema, (result) => {
    if (!result.success) throw invalidRequest(result.error);
  }) as MiddlewareHandler<AppEnv, Path, Validated<Target, Schema>>;
}
