/** Width of a character of 11 px Verdana, in px, near enough for every letter of a badge. */
const CHARACTER_PX = 6.8;
const PADDING_PX = 7;

/** What a badge says. */
export interface Badge {
  readonly label: string;
  readonly message: string;
  readonly colour: string;
}

const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A badge as SVG, in the size that pages of projects have them. It fetches nothing. */
export function badgeSvg({ label, message, colour }: Badge): string {
  const widthOf = (text: string): number => Math.round(text.length * CHARACTER_PX + 2 * PADDING_PX);
  const [left, right] = [widthOf(label), widthOf(message)];
  const width = left + right;
  const title = escapeText(`${label}: ${message}`);
  const text = (at: number, words: string): string => `<text x="${at}" y="14">${escapeText(words)}</text>`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" role="img" aria-label="${title}"><title>${title}</title>` +
    `<clipPath id="r"><rect width="${width}" height="20" rx="3"/></clipPath>` +
    `<g clip-path="url(#r)"><rect width="${left}" height="20" fill="#444"/><rect x="${left}" width="${right}" height="20" fill="${colour}"/></g>` +
    `<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">${text(left / 2, label)}${text(left + right / 2, message)}</g></svg>\n`
  );
}
