// Follows a running build: lines come already taken apart by the server, and become text here, never markup.

import { refreshParts } from './site.js';

/** @typedef {{ text: string, classes: string, href?: string }} Span */
/** @typedef {{ line: number, lines: Span[][], tail: Span[] | null }} Lines */

/**
 * @param {Span} span
 * @returns {Node}
 */
function spanNode({ text, classes, href }) {
  const node = document.createElement(href === undefined ? 'span' : 'a');
  node.textContent = text;
  node.className = classes;
  if (
    node instanceof HTMLAnchorElement &&
    href !== undefined &&
    href.startsWith('https://doc.rust-lang.org/')
  ) {
    node.href = href;
    node.rel = 'noopener noreferrer';
  }
  return node;
}

/**
 * @param {string} prefix
 * @param {number} number
 * @param {Span[]} spans
 */
function lineNode(prefix, number, spans) {
  const line = document.createElement('div');
  line.className = 'line';
  line.id = `${prefix}${number}`;
  const anchor = document.createElement('a');
  anchor.className = 'line-number';
  anchor.href = `#${line.id}`;
  anchor.tabIndex = -1;
  anchor.ariaLabel = `Line ${number}`;
  anchor.textContent = String(number);
  const code = document.createElement('code');
  code.append(...spans.map(spanNode));
  line.append(anchor, code);
  return line;
}

/** @param {HTMLElement} log */
function follow(log) {
  const start = new URLSearchParams({
    offset: log.dataset['offset'] ?? '0',
    line: log.dataset['line'] ?? '1',
  });
  const source = new EventSource(`${log.dataset['live']}?${start}`);
  const label = document.querySelector('[data-follow]');
  const box = label?.querySelector('input');
  if (label instanceof HTMLElement) label.hidden = false;
  let next = Number(log.dataset['line'] ?? '1');
  // What the page has of a line that was not complete is shown again by the first event.
  const prefix = log.dataset['prefix'] ?? 'L';
  let tail = document.getElementById(`${prefix}${next}`);
  let chunk = log.appendChild(document.createElement('div'));
  chunk.className = 'log-chunk';

  source.addEventListener('lines', (event) => {
    /** @type {Lines} */
    const { line, lines, tail: rest } = JSON.parse(event.data);
    if (line < next) return;
    log.querySelector('.log-empty')?.remove();
    tail?.remove();
    if (chunk.childElementCount >= 200) {
      chunk = log.appendChild(document.createElement('div'));
      chunk.className = 'log-chunk';
    }
    chunk.append(...lines.map((spans, index) => lineNode(prefix, line + index, spans)));
    next = line + lines.length;
    tail = rest === null ? null : lineNode(prefix, next, rest);
    if (tail !== null) chunk.append(tail);
    if (box?.checked === true) log.scrollIntoView({ block: 'end' });
  });
  // A connection begins with every stage so far: one look at the page tells all of them.
  let refresh = 0;
  source.addEventListener('stage', () => {
    clearTimeout(refresh);
    refresh = setTimeout(() => void refreshParts().catch(() => {}), 200);
  });
  source.addEventListener('end', () => {
    source.close();
    location.reload();
  });
}

const log = document.querySelector('.log[data-live]');
if (log instanceof HTMLElement) follow(log);
