import type { BuildInfo, Digest } from '@buildsrs/common';
import { html, type Html } from '../html.ts';
import { plural } from '../text/format.ts';
import { label } from '../text/visible.ts';

/** What decided a build's bytes, in short; the API has all of it. */
export function buildInfoFacts({ inputs, observed }: BuildInfo, inputId: Digest | null): Html {
  const rows: readonly (readonly [string, Html | string])[] = [
    ['Input id', html`<span class="mono digest">${inputId ?? 'none'}</span>`],
    ['Source', html`<span class="mono digest">${inputs.source.checksum}</span>`],
    [
      'Toolchain',
      `rustc ${label(inputs.toolchain.rustc)} (${label(inputs.toolchain.commit)}), LLVM ${label(inputs.toolchain.llvm)}`,
    ],
    ['Command', html`<span class="mono">cargo ${label(inputs.command.cargo.join(' '), 600)}</span>`],
    [
      'Lock file',
      inputs.lockfile.origin === 'published'
        ? 'the one the crate was published with'
        : `generated${inputs.lockfile.reason === undefined ? '' : `: ${label(inputs.lockfile.reason, 200)}`}`,
    ],
    ['Dependencies', plural(inputs.dependencies.length, 'package')],
    [
      'Ran in',
      `${observed.executor}, isolation ${observed.isolation}, ${plural(observed.cpus, 'processor')}, builder ${label(observed.builderVersion)}`,
    ],
  ];
  return html`<dl class="facts">
    ${rows.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
