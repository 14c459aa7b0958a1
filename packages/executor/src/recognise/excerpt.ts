import { withoutEscapes } from '../plain-text.ts';

const MAX_LINES = 40;
const MAX_CHARACTERS = 4_000;

/** The first lines of what a program said, fit to stand in a failure's message. */
export function excerpt(text: string): string {
  const lines = withoutEscapes(text).replaceAll('\r\n', '\n').trim().split('\n');
  const kept = lines.slice(0, MAX_LINES).join('\n').slice(0, MAX_CHARACTERS);
  return lines.length > MAX_LINES ? `${kept}\n…` : kept;
}

/** The last lines of what a program said. */
export function lastLines(text: string, count: number): string {
  return excerpt(withoutEscapes(text).trim().split('\n').slice(-count).join('\n'));
}

/** cargo's own error in its standard error: from the first `error:` line on. */
export function cargoError(stderr: string): string {
  const at = /^error(?:\[E\d+\])?: /m.exec(stderr)?.index;
  return at === undefined ? lastLines(stderr, 10) : excerpt(stderr.slice(at));
}
