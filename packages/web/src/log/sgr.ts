/** The style of text in a terminal, as ECMA-48 SGR sequences set it. Colours are the 16 a theme gives. */
export interface Style {
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly strike: boolean;
  readonly inverse: boolean;
  readonly foreground: number | undefined;
  readonly background: number | undefined;
}

export const PLAIN: Style = {
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  strike: false,
  inverse: false,
  foreground: undefined,
  background: undefined,
};

/** The xterm palette of the 16 colours, to find the nearest of a 24-bit colour. */
const PALETTE: readonly (readonly [number, number, number])[] = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
];

function nearest(red: number, green: number, blue: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, [r, g, b]] of PALETTE.entries()) {
    const distance = (red - r) ** 2 + (green - g) ** 2 + (blue - b) ** 2;
    if (distance < least) [best, least] = [index, distance];
  }
  return best;
}

/** Of xterm's 256 colours the first 16 are the theme's, then a 6×6×6 cube, then 24 greys. */
function fromIndexed(index: number): number | undefined {
  if (index > 255) return undefined;
  if (index < 16) return index;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return nearest(grey, grey, grey);
  }
  const level = (step: number): number => (step === 0 ? 0 : 55 + step * 40);
  const cube = index - 16;
  return nearest(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

/** Reads what follows a 38 or 48; gives the colour and how many parameters it took. */
function extendedColour(codes: readonly number[], at: number): [number | undefined, number] {
  if (codes[at] === 5) return [fromIndexed(codes[at + 1] ?? 256), 2];
  if (codes[at] === 2) return [nearest(codes[at + 1] ?? 0, codes[at + 2] ?? 0, codes[at + 3] ?? 0), 4];
  return [undefined, 1];
}

const SWITCHES: Readonly<Record<number, Partial<Style>>> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  9: { strike: true },
  21: { bold: false },
  22: { bold: false, dim: false },
  23: { italic: false },
  24: { underline: false },
  27: { inverse: false },
  29: { strike: false },
  39: { foreground: undefined },
  49: { background: undefined },
};

/** The style after a `CSI … m` with these parameters (`1;31`); what is not known changes nothing. */
export function applySgr(style: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/, 32).map((code) => (code === '' ? 0 : Number(code)));
  let next = style;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] as number;
    if (code === 0) next = PLAIN;
    else if (code === 38 || code === 48) {
      const [colour, taken] = extendedColour(codes, at + 1);
      next = code === 38 ? { ...next, foreground: colour } : { ...next, background: colour };
      at += taken;
    } else if (code >= 30 && code <= 37) next = { ...next, foreground: code - 30 };
    else if (code >= 90 && code <= 97) next = { ...next, foreground: code - 82 };
    else if (code >= 40 && code <= 47) next = { ...next, background: code - 40 };
    else if (code >= 100 && code <= 107) next = { ...next, background: code - 92 };
    else next = { ...next, ...SWITCHES[code] };
  }
  return next;
}

/** The class names of a style; empty for plain text. */
export function classesOf(style: Style): string {
  const classes: string[] = [];
  for (const name of ['bold', 'dim', 'italic', 'underline', 'strike', 'inverse'] as const) {
    if (style[name]) classes.push(name);
  }
  if (style.foreground !== undefined) classes.push(`fg${style.foreground}`);
  if (style.background !== undefined) classes.push(`bg${style.background}`);
  return classes.join(' ');
}
