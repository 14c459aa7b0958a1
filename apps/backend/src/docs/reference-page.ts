import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { documentPage } from './document-page.ts';
import type { OpenApiDocument } from './openapi.ts';

type Markup = HtmlEscapedString | Promise<HtmlEscapedString>;

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string | undefined;
  readonly tags: readonly string[];
  readonly parameters: ReadonlyArray<{
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema?: unknown;
  }>;
  readonly body: unknown;
  readonly responses: ReadonlyArray<{
    status: string;
    description: string;
    content: ReadonlyArray<readonly [string, unknown]>;
  }>;
}

const METHODS = ['get', 'put', 'post', 'delete'] as const;
const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function contentOf(value: unknown): ReadonlyArray<readonly [string, unknown]> {
  return Object.entries(asRecord(asRecord(value)['content'])).map(
    ([type, media]) => [type, asRecord(media)['schema']] as const,
  );
}

function operationsOf(document: OpenApiDocument): Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      if (operation === undefined) return [];
      return {
        method: method.toUpperCase(),
        path,
        operationId: operation.operationId ?? '',
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

/** A schema in one line where it is simple: `string, /^[0-9a-f]{64}$/`. */
function inShort(schema: unknown): string {
  const { type, pattern, enum: values, $ref, const: constant, anyOf, items } = asRecord(schema);
  if (typeof $ref === 'string') return $ref.replace('#/components/schemas/', '');
  if (constant !== undefined) return JSON.stringify(constant);
  if (Array.isArray(values)) return values.map((value) => JSON.stringify(value)).join(' | ');
  if (Array.isArray(anyOf)) return anyOf.map(inShort).join(' | ');
  if (type === 'array') return `${inShort(items)}[]`;
  const name = typeof type === 'string' ? type : 'any';
  return typeof pattern === 'string' ? `${name}, /${pattern}/` : name;
}

/** A schema as nested lines of `name: type`, which people read faster than JSON Schema. */
function outline(schema: unknown, indent = ''): string {
  const { type, properties, required, items } = asRecord(schema);
  if (type === 'array') {
    const inner = asRecord(items);
    return inner['properties'] === undefined ? inShort(schema) : `[${outline(items, indent)}]`;
  }
  if (properties === undefined) return inShort(schema);
  const names = Array.isArray(required) ? required : [];
  const lines = Object.entries(asRecord(properties)).map(
    ([name, member]) =>
      `${indent}  ${name}${names.includes(name) ? '' : '?'}: ${outline(member, `${indent}  `)}`,
  );
  return `{\n${lines.join('\n')}\n${indent}}`;
}

function parameterTable(parameters: Operation['parameters']): Markup {
  if (parameters.length === 0) return html``;
  return html`<div class="table">
    <table>
      <thead>
        <tr>
          <th scope="col">Parameter</th>
          <th scope="col">Where</th>
          <th scope="col">Form</th>
        </tr>
      </thead>
      <tbody>
        ${parameters.map(
          (parameter) =>
            html`<tr>
              <td><code>${parameter.name}</code>${parameter.required === true ? '' : ' (optional)'}</td>
              <td>${parameter.in}</td>
              <td><code>${inShort(parameter.schema)}</code></td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function operationBlock(operation: Operation): Markup {
  return html`<details class="operation" id="${operation.operationId}">
    <summary>
      <span class="method">${operation.method}</span>
      <h3><code>${operation.path}</code></h3>
      <span class="muted">${operation.summary}</span>
    </summary>
    ${operation.description === undefined ? '' : html`<p>${operation.description}</p>`}
    ${parameterTable(operation.parameters)}
    ${
      operation.body === undefined
        ? ''
        : html`<h4>Body</h4>
            <pre tabindex="0"><code>${outline(operation.body)}</code></pre>`
    }
    <h4>Answers</h4>
    ${operation.responses.map(
      (response) =>
        html`<p><strong>${response.status}</strong> ${response.description}</p>
          ${
            response.status.startsWith('2')
              ? response.content.map(
                  ([type, schema]) =>
                    html`<p class="muted">${type}</p>
                      <pre tabindex="0"><code>${outline(schema)}</code></pre>`,
                )
              : ''
          }`,
    )}
  </details>`;
}

/** The API reference, rendered from the OpenAPI document so that it cannot say anything else. */
export function referencePage(document: OpenApiDocument): Markup {
  const operations = operationsOf(document);
  const sections = document.tags
    .map((tag) => ({ tag, own: operations.filter((operation) => operation.tags.includes(tag.name)) }))
    .filter(({ own }) => own.length > 0);
  return documentPage({
    title: 'API reference',
    body: html`<h1>API reference</h1>
      ${document.info.description.split('\n').map((line) => (line === '' ? '' : html`<p>${line}</p>`))}
      <p><a href="/api/v1/openapi.json">OpenAPI document</a></p>
      ${sections.map(
        ({ tag, own }) =>
          html`<section aria-labelledby="tag-${tag.name}">
            <h2 id="tag-${tag.name}">${tag.name}</h2>
            <p>${tag.description ?? ''}</p>
            ${own.map(operationBlock)}
          </section>`,
      )} `,
  });
}
