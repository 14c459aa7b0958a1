/** Text on one line: control characters, and the marks that turn a line around, have no business in a script. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, ' ');
}

/** Text as a POSIX shell takes it literally. */
export function posixQuoted(text: string): string {
  return `'${oneLine(text).replaceAll("'", String.raw`'\''`)}'`;
}

/** Text as PowerShell takes it literally; it takes typographic quotes for quotes. */
export function powershellQuoted(text: string): string {
  return `'${oneLine(text).replaceAll(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`;
}
