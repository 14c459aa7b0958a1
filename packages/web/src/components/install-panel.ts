import { isWindowsTarget, type Artifact } from '@buildsrs/common';
import { html, type Html, type MaybeHtml } from '../html.ts';
import { formatBytes, plural } from '../text/format.ts';
import { safeUrl } from '../text/safe-url.ts';
import { label } from '../text/visible.ts';
import { copyText } from './copy-text.ts';
import { buildPath } from './links.ts';
import { installLines } from './install-lines.ts';
import { oneLiners } from './one-liners.ts';
import { targetTitle } from './target.ts';

/** The link to a file; nothing to click where the API gave something that is no web address. */
export function downloadLink(artifact: Artifact, text: string | Html, className = 'button'): Html {
  const url = safeUrl(artifact.url);
  if (url === undefined) return html`<span class="quiet">no address</span>`;
  return html`<a class="${className}" href="${url.href}" download aria-label="${`Download ${artifact.name}`}"
    >${text}</a
  >`;
}

function choice(artifact: Artifact, index: number, programs: readonly string[]): Html {
  const id = `install-${index}`;
  return html`<details class="install" name="install" ${index === 0 ? html` open` : ''}>
    <summary>
      <span class="install-title">${targetTitle(artifact.target)}</span>
      <span class="install-triple mono">${artifact.target}</span>
      <span class="install-size">${formatBytes(artifact.size)}</span>
    </summary>
    <div class="install-body">
      ${copyText({
        id,
        language: isWindowsTarget(artifact.target) ? 'PowerShell' : 'Shell',
        what: `the lines that fetch it for ${targetTitle(artifact.target)}`,
        text: installLines(artifact, programs),
      })}
      <div class="install-more">
        ${downloadLink(artifact, 'Download')}
        <dl class="facts facts-tight">
          <div>
            <dt>File</dt>
            <dd class="mono">${artifact.name}</dd>
          </div>
          <div>
            <dt>sha256</dt>
            <dd class="mono digest">${artifact.sha256}</dd>
          </div>
          <div>
            <dt>Address</dt>
            <dd class="mono">${label(artifact.url, 300)}</dd>
          </div>
          <div>
            <dt>From</dt>
            <dd>
              <a href="${buildPath(artifact.build)}">build ${artifact.build.slice(-6)}</a>,
              ${plural(artifact.downloads, 'download')}
            </dd>
          </div>
        </dl>
      </div>
    </div>
  </details>`;
}

/** The lines that need no choice. */
function inOneLine(archives: readonly Artifact[]): MaybeHtml {
  const lines = oneLiners(archives);
  if (lines.length === 0) return undefined;
  return html`<div class="install-line">
    ${lines.map(({ language, text }) => copyText({ id: `install-line-${language.toLowerCase()}`, language, what: `the line that installs it from ${language === 'Shell' ? 'a shell' : language}`, text }))}
    <p class="quiet">
      Takes the build that fits the system, checks its sha256, and puts the programs into
      <code>~/.cargo/bin</code> or <code>~/.local/bin</code>.
    </p>
  </div>`;
}

/**
 * How to get a version: in one line, and per target the lines to paste, the address and the sum. `programs` are those the default features
 * build, where they are known.
 */
export function installPanel(archives: readonly Artifact[], programs: readonly string[]): Html {
  return html`<section class="panel panel-install" aria-labelledby="install-title">
    <h2 id="install-title">Get it</h2>
    ${inOneLine(archives)} ${archives.map((archive, index) => choice(archive, index, programs))}
  </section>`;
}
