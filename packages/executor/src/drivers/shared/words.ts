/** The words of a text, for argument lists that read better in a line than one below the other. */
export function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
