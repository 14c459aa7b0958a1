import { ProblemSchema, type Problem } from '@buildsrs/common';
import * as v from 'valibot';
import { expect } from 'vitest';
import type { Answering } from './test-backend.ts';

/** The JSON of a success, held against the schema that documents it, strictly: what is not in it must not be told. */
export async function expectAnswer<Schema extends v.GenericSchema>(
  backend: Answering,
  path: string,
  schema: Schema,
  init?: RequestInit,
): Promise<v.InferOutput<Schema>> {
  const response = await backend.request(path, init);
  const body: unknown = await response.json();
  expect({ status: response.status, body }).toMatchObject({ status: init?.method === 'POST' ? 202 : 200 });
  const parsed = v.parse(schema, body);
  expect(parsed).toEqual(body);
  return parsed;
}

/** The problem a call is answered with, held against the schema of all problems. */
export async function expectProblem(
  backend: Answering,
  path: string,
  code: Problem['code'],
  init?: RequestInit,
): Promise<Problem> {
  const response = await backend.request(path, init);
  const body: unknown = await response.json();
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = v.parse(ProblemSchema, body);
  expect(problem).toMatchObject({ code, status: response.status });
  return problem;
}

/** A request for a crate as JSON. */
export function asking(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
