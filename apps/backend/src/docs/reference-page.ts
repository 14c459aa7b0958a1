import { html, type Html } from '@buildsrs/web';
import { inShort, outline } from './describe-schema.ts';
import type { OpenApiDocument } from './openapi.ts';
import { operationsOf, type Operation } from './operations.ts';
import { prose } from './prose.ts';

function parameterTable(parameters: Operation['parameters']): Html {
  return html`<div class="table-frame" role="group" aria-label="Parameters" tabindex="0">
    <table class="table">
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
              <th scope="row">
                <code>${parameter.name}</code>
                ${parameter.required === true ? '' : html`<span class="quiet">optional</span>`}
              </th>
              <td>${parameter.in}</td>
              <td class="digest"><code>${inShort(parameter.schema)}</code></td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Code in which the names of components lead to where they are explained. */
function linked(text: string, names: ReadonlySet<string>): Html {
  const parts = text.split(/\b([A-Z][A-Za-z]+)\b/);
  return html`${parts.map((part) => (names.has(part) ? html`<a href="#type-${part}">${part}</a>` : part))}`;
}

function shape(label: string, schema: unknown, names: ReadonlySet<string>): Html {
  return html`<pre
    tabindex="0"
    role="group"
    aria-label="${label}"
  ><code>${linked(outline(schema), names)}</code></pre>`;
}

function response(
  { status, description, content }: Operation['responses'][number],
  names: ReadonlySet<string>,
): Html {
  const shown = status.startsWith('2') ? content : [];
  return html`<p><span class="chip">${status}</span> ${prose(description)}</p>
    ${shown.map(
      ([type, schema]) =>
        html`<p class="quiet">${type}</p>
          ${shape(`Answer ${status}`, schema, names)}`,
    )}`;
}

/** The name is on what is inside: a link to it then opens the block (HTML Standard, ancestor revealing). */
function operationBlock(operation: Operation, names: ReadonlySet<string>): Html {
  const { id, method, path, summary, description, parameters, body, responses } = operation;
  return html`<details class="operation">
    <summary>
      <span class="chip chip-method">${method}</span>
      <h3><code>${path}</code></h3>
      <span class="quiet">${summary}</span>
    </summary>
    <div class="operation-body" id="${id}">
      ${description === undefined ? '' : html`<p>${prose(description)}</p>`}
      ${parameters.length === 0 ? '' : parameterTable(parameters)}
      ${
        body === undefined
          ? ''
          : html`<h4>Body</h4>
              ${shape('Body', body, names)}`
      }
      <h4>Answers</h4>
      ${responses.map((answer) => response(answer, names))}
    </div>
  </details>`;
}

/** The API reference, rendered from the OpenAPI document so that it cannot say anything else. */
export function referenceBody(document: OpenApiDocument): Html {
  const operations = operationsOf(document);
  const types = Object.entries(document.components.schemas ?? {});
  const names = new Set(types.map(([name]) => name));
  const sections = document.tags
    .map((tag) => ({ tag, own: operations.filter((operation) => operation.tags.includes(tag.name)) }))
    .filter(({ own }) => own.length > 0);
  const paragraphs = document.info.description.split('\n').filter((line) => line !== '');
  return html`<header class="page-head">
      <h1>API</h1>
      ${paragraphs.map((line, index) => html`<p class="${index === 0 ? 'lead' : 'quiet'}">${prose(line)}</p>`)}
      <p><a href="/api/v1/openapi.json">OpenAPI document</a></p>
    </header>
    ${sections.map(
      ({ tag, own }) =>
        html`<section class="reference-section" aria-labelledby="tag-${tag.name}">
          <h2 id="tag-${tag.name}">${tag.name}</h2>
          <p class="quiet">${tag.description ?? ''}</p>
          ${own.map((operation) => operationBlock(operation, names))}
        </section>`,
    )}
    <section class="reference-section" aria-labelledby="types">
      <h2 id="types">Types</h2>
      ${types.map(
        ([name, schema]) =>
          html`<details class="operation">
            <summary>
              <h3><code>${name}</code></h3>
            </summary>
            <div class="operation-body" id="type-${name}">${shape(name, schema, names)}</div>
          </details>`,
      )}
    </section>`;
}
