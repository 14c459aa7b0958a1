import type { OpenApiDocument } from './openapi.ts';

/** An operation of the document, laid out for the page. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string | undefined;
  readonly tags: readonly string[];
  readonly parameters: ReadonlyArray<{
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema?: unknown;
  }>;
  /** The schema of the body, where it takes one. */
  readonly body: unknown;
  readonly responses: ReadonlyArray<{
    readonly status: string;
    readonly description: string;
    readonly content: ReadonlyArray<readonly [mediaType: string, schema: unknown]>;
  }>;
}

const METHODS = ['get', 'put', 'post', 'delete'] as const;

/** What is not an object has no members. */
export function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function contentOf(value: unknown): ReadonlyArray<readonly [string, unknown]> {
  return Object.entries(asRecord(asRecord(value)['content'])).map(
    ([type, media]) => [type, asRecord(media)['schema']] as const,
  );
}

/** Every operation, in the order of the document. */
export function operationsOf(document: OpenApiDocument): Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      if (operation === undefined) return [];
      return {
        id: operation.operationId ?? '',
        method: method.toUpperCase(),
        path,
        summary: operation.summary ?? '',
        description: operation.description,
        tags: operation.tags ?? [],
        parameters: (operation.parameters ?? []).filter((parameter) => 'name' in parameter),
        body: contentOf(operation.requestBody)[0]?.[1],
        responses: Object.entries(operation.responses ?? {}).map(([status, response]) => ({
          status,
          description: textOf(asRecord(response)['description']),
          content: contentOf(response),
        })),
      };
    }),
  );
}
