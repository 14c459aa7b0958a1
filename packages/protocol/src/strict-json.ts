import { ProtocolViolation } from './close-codes.ts';

const COLON = 0x3a;
const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

function decodeString(token: string): string {
  try {
    return JSON.parse(token) as string;
  } catch {
    throw new ProtocolViolation('not-json');
  }
}

/** Walks over a text's strings and brackets once, before anything is built of it. */
function check(text: string, maxDepth: number): void {
  /** The names seen in each open object; `undefined` for an array. */
  const open: (Set<string> | undefined)[] = [];
  const nextBackslash = (from: number): number => {
    const at = text.indexOf('\\', from);
    return at === -1 ? text.length : at;
  };
  let backslash = nextBackslash(0);
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : undefined);
      if (open.length > maxDepth) throw new ProtocolViolation('too-deep');
    } else if (character === '}' || character === ']') open.pop();
    if (character !== '"') continue;

    const start = at;
    let end = text.indexOf('"', start + 1);
    let escaped = false;
    while (backslash < end) {
      escaped = true;
      if (backslash + 1 >= end) end = text.indexOf('"', backslash + 2);
      backslash = nextBackslash(backslash + 2);
    }
    if (end === -1) throw new ProtocolViolation('not-json');
    at = end;
    let after = end + 1;
    while (isSpace(text.charCodeAt(after))) after += 1;
    const names = text.charCodeAt(after) === COLON ? open.at(-1) : undefined;
    if (names === undefined && !escaped) continue;

    const token = text.slice(start, end + 1);
    const value = escaped ? decodeString(token) : token.slice(1, -1);
    if (!value.isWellFormed()) throw new ProtocolViolation('bad-text');
    if (names === undefined) continue;
    if (value === '__proto__') throw new ProtocolViolation('forbidden-key');
    if (names.has(value)) throw new ProtocolViolation('duplicate-key', JSON.stringify(value.slice(0, 40)));
    names.add(value);
  }
}

/**
 * `JSON.parse` for text of strangers: the text is looked over first, so that what two parsers could read differently
 * (names given twice, lone surrogates), `__proto__` and endless nesting never become a value.
 *
 * @throws {ProtocolViolation} `not-json`, `too-deep`, `duplicate-key`, `forbidden-key` or `bad-text`.
 */
export function parseStrictJson(text: string, maxDepth: number): unknown {
  if (!text.isWellFormed()) throw new ProtocolViolation('bad-text');
  check(text, maxDepth);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ProtocolViolation('not-json');
  }
}
