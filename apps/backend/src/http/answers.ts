import { ProblemSchema, type ProblemCode, PROBLEMS } from '@buildsrs/common';
import { describeRoute, resolver } from 'hono-openapi';
import * as v from 'valibot';

const Problem = v.pipe(ProblemSchema, v.metadata({ ref: 'Problem' }));

/** What a route does, for the OpenAPI document. */
export interface RouteDescription {
  /** Names the operation for generated clients, camelCase. */
  readonly id: string;
  readonly tag: 'crates' | 'requests' | 'tasks' | 'builds' | 'artifacts' | 'builders' | 'service';
  /** One line. */
  readonly summary: string;
  readonly description?: string;
  /** The schema of the JSON answer; `undefined` for other media types. */
  readonly answer?: v.GenericSchema;
  readonly status?: 200 | 201 | 202 | 307;
  /** Media type of an answer that is not JSON. */
  readonly mediaType?: string;
  readonly problems?: readonly ProblemCode[];
  readonly security?: 'build-token';
}

function problemResponses(codes: readonly ProblemCode[]) {
  const byStatus = Map.groupBy(codes, (code) => String(PROBLEMS[code].status));
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('; '),
        content: { 'application/problem+json': { schema: resolver(Problem) } },
      },
    ]),
  );
}

/** Describes a route for the OpenAPI document. The schema named here is what the tests hold the answers against. */
export function answers(route: RouteDescription) {
  const success =
    route.answer === undefined
      ? { [route.mediaType ?? 'application/octet-stream']: { schema: { type: 'string' as const } } }
      : { 'application/json': { schema: resolver(route.answer) } };
  return describeRoute({
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(route.security === undefined ? {} : { security: [{ buildToken: [] }] }),
    responses: {
      [String(route.status ?? 200)]: { description: route.summary, content: success },
      ...problemResponses(['invalid-request', ...(route.problems ?? []), 'unavailable']),
    },
  });
}
