import { canonicalCrateName } from '@buildsrs/common';
import { distance } from 'fastest-levenshtein';

/**
 * The names most like one that does not exist, best first; names equal but for case, `-` and `_` come before all.
 * Among equally near ones, candidates that come earlier win.
 *
 * @param limit How many at most.
 */
export function nearestNames(query: string, candidates: Iterable<string>, limit = 3): string[] {
  const wanted = canonicalCrateName(query.slice(0, 64));
  // Two turned letters are two edits; in a short name that is half of it.
  const tolerance = wanted.length < 4 ? 1 : Math.max(2, Math.floor(wanted.length / 3));
  const found: { name: string; score: number }[] = [];
  for (const name of new Set(candidates)) {
    const canonical = canonicalCrateName(name);
    const edits = distance(wanted, canonical);
    // A word left out (`grep` for `ripgrep`, `fd` for `fd-find`) is nearer than so many edits say.
    const isWord = canonical.split('_').includes(wanted);
    const isPart = wanted.length >= 4 && (canonical.includes(wanted) || wanted.includes(canonical));
    const score = isWord || (isPart && canonical.length >= 3) ? Math.min(edits, tolerance) : edits;
    if (score <= tolerance && (isWord || canonical.length >= 4 || edits <= 1)) found.push({ name, score });
  }
  return found
    .toSorted((left, right) => left.score - right.score)
    .slice(0, limit)
    .map((entry) => entry.name);
}
