// Small comforts on every page; each page is complete without them.

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * The same words as the server's `formatAgo`.
 *
 * @param {number} seconds
 * @returns {string | undefined} nothing where the date stands
 */
function agoWords(seconds) {
  if (seconds < 45) return 'just now';
  if (seconds < 59.5 * MINUTE) return `${Math.round(seconds / MINUTE)}\u00a0min ago`;
  if (seconds < 35.5 * HOUR) return `${Math.round(seconds / HOUR)}\u00a0h ago`;
  const days = Math.round(seconds / DAY);
  return days <= 14 ? `${days}\u00a0days ago` : undefined;
}

function keepTimesTrue() {
  for (const time of document.querySelectorAll('time[data-ago]')) {
    const then = Date.parse(time.getAttribute('datetime') ?? '');
    const words = agoWords((Date.now() - then) / 1000);
    if (words !== undefined && time.textContent !== words) time.textContent = words;
  }
}

function offerCopying() {
  for (const button of document.querySelectorAll('button[data-copy]')) {
    if (button instanceof HTMLElement) button.hidden = false;
  }
}

/** @param {Element} button */
async function copy(button) {
  const source = document.getElementById(button.getAttribute('data-copy') ?? '');
  const word = button.querySelector('[data-copy-word]');
  if (source === null || word === null) return;
  try {
    await navigator.clipboard.writeText(source.textContent);
    word.textContent = 'Copied';
  } catch {
    // No right to the clipboard: the text is selected instead, so that one key copies it.
    getSelection()?.selectAllChildren(source);
    word.textContent = 'Selected';
  }
  setTimeout(() => {
    word.textContent = 'Copy';
  }, 2000);
}

/**
 * Loads this page again and puts its parts marked `data-refresh` where the old ones are, if they changed: what is shown
 * is always what the server rendered.
 */
export async function refreshParts() {
  const parts = document.querySelectorAll('[data-refresh]');
  if (parts.length === 0) return;
  const address = new URL(location.href);
  // A log is long, and grows by itself.
  address.searchParams.set('log', 'none');
  const response = await fetch(address, { headers: { accept: 'text/html' } });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  for (const part of parts) {
    const next = fresh.getElementById(part.id);
    if (next !== null && next.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) {
      part.replaceChildren(...next.childNodes);
    }
  }
  keepTimesTrue();
}

document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest('button[data-copy]') : null;
  if (button !== null) void copy(button);
});

document.addEventListener('keydown', (event) => {
  const typing = event.target instanceof Element && event.target.closest('input, textarea, select') !== null;
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || typing) return;
  const field = document.querySelector('[data-search-field]');
  if (!(field instanceof HTMLInputElement)) return;
  event.preventDefault();
  field.focus();
  field.select();
});

offerCopying();
keepTimesTrue();
setInterval(() => {
  if (document.visibilityState !== 'visible') return;
  keepTimesTrue();
}, 15_000);
setInterval(() => {
  if (document.visibilityState === 'visible') refreshParts().catch(() => {});
}, 10_000);
