/** A URL from outside if a browser may be sent to it: absolute, http or https, no credentials; else `undefined`. */
export function safeUrl(text: string): URL | undefined {
  if (text.length > 2_048) return undefined;
  const url = URL.parse(text.trim());
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined;
  return url.username === '' && url.password === '' ? url : undefined;
}
