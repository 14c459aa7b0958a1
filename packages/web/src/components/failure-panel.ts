import type { Failure } from '@buildsrs/common';
import { html, type Html } from '../html.ts';
import { label, prose } from '../text/visible.ts';

/** Why a build did not succeed: what it means first, then what the compiler said. */
export function failurePanel(failure: Failure): Html {
  const title = failure.kind.replaceAll('-', ' ');
  return html`<section class="panel panel-failure" aria-labelledby="failure-title">
    <h2 id="failure-title">${title}</h2>
    <p class="hint">${label(failure.hint, 1_024)}</p>
    ${failure.dependency === undefined ? '' : html`<p>In the dependency <bdi class="mono">${label(failure.dependency)}</bdi>.</p>`}
    <pre
      class="failure-message"
      tabindex="0"
      role="group"
      aria-label="What was reported"
    ><code>${prose(failure.message, 8_192)}</code></pre>
    ${failure.codes === undefined ? '' : html`<p class="codes">Explained by Rust: ${failure.codes.map((code) => html`<a class="chip" href="https://doc.rust-lang.org/error_codes/${code}.html" rel="noopener noreferrer">${code}</a> `)}</p>`}
    <p class="quiet">
      ${failure.retryable ? 'It is tried again by itself.' : 'It is not tried again by itself; the same inputs would end the same way.'}
    </p>
  </section>`;
}
