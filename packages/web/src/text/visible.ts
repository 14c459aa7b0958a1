/** Turn the direction of text or hide in it: CVE-2021-42574 showed what that does to people who read code. */
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** The C0 controls but tab and line feed, DEL, and C1. */
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

function picture(control: string): string {
  const code = control.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\ufffd';
}

/**
 * Text from outside with everything in it that acts made visible: controls become their pictures (U+2400…), marks that
 * turn the direction of text become `[U+202E]`. Escaping for HTML is not its matter.
 */
export function visible(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(CONTROLS, picture)
    .replaceAll(DIRECTION, (mark) => `[U+${mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`);
}

/** {@link visible}, cut to at most `maxLength` characters with an ellipsis, on one line. */
export function label(text: string, maxLength = 120): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength).trimEnd()}…` : text;
  return visible(cut).replaceAll(/\s+/g, ' ');
}

/** {@link visible}, cut to at most `maxLength` characters with an ellipsis, lines kept. */
export function prose(text: string, maxLength = 10_000): string {
  return visible(text.length > maxLength ? `${text.slice(0, maxLength)}…` : text);
}
