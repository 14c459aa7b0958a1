/** An escape sequence of a terminal (ECMA-48), found in a line. */
export interface EscapeSequence {
  /** Where the text goes on. */
  readonly end: number;
  /** The parameters, when it sets a style (`CSI … m`). */
  readonly sgr?: string;
  /** Where the text behind it links, empty where a link ends (OSC 8). */
  readonly link?: string;
}

const ESCAPE = 0x1b;
const BELL = 0x07;

function skip(text: string, from: number, low: number, high: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) >= low && text.charCodeAt(at) <= high) at += 1;
  return at;
}

/** CSI: parameters, intermediates, one final byte. Cut short, it takes what there is. */
function controlSequence(text: string, from: number): EscapeSequence {
  const parametersEnd = skip(text, from, 0x30, 0x3f);
  const intermediatesEnd = skip(text, parametersEnd, 0x20, 0x2f);
  const final = text.charCodeAt(intermediatesEnd);
  const end = final >= 0x40 && final <= 0x7e ? intermediatesEnd + 1 : intermediatesEnd;
  const parameters = text.slice(from, parametersEnd);
  const isSgr = final === 0x6d && parametersEnd === intermediatesEnd && /^[\d;:]*$/.test(parameters);
  return isSgr ? { end, sgr: parameters } : { end };
}

/** OSC, DCS, SOS, PM, APC: up to BEL or ST; up to the next escape or the line's end where these are missing. */
function controlString(text: string, kind: string, from: number): EscapeSequence {
  let stop = from;
  while (stop < text.length && text.charCodeAt(stop) !== ESCAPE && text.charCodeAt(stop) !== BELL) stop += 1;
  const terminator = text.charCodeAt(stop) === BELL ? 1 : text[stop + 1] === '\\' ? 2 : 0;
  const end = Math.min(text.length, stop + terminator);
  if (kind !== ']' || !text.startsWith('8;', from)) return { end };
  const separator = text.indexOf(';', from + 2);
  return separator === -1 || separator >= stop ? { end } : { end, link: text.slice(separator + 1, stop) };
}

/**
 * Reads the sequence that begins with the ESC at `at`. By hand and not by a pattern: each character is looked at once,
 * whatever a crate prints.
 */
export function escapeSequence(text: string, at: number): EscapeSequence {
  const introducer = text[at + 1] ?? '';
  if (introducer === '[') return controlSequence(text, at + 2);
  if (introducer !== '' && ']PX^_'.includes(introducer)) return controlString(text, introducer, at + 2);
  const intermediatesEnd = skip(text, at + 1, 0x20, 0x2f);
  const final = text.charCodeAt(intermediatesEnd);
  return { end: final >= 0x30 && final <= 0x7e ? intermediatesEnd + 1 : intermediatesEnd };
}
