declare const proven: unique symbol;

/** A path of the API in which every parameter is encoded; only {@link apiPath} makes one. */
export type ApiPath = string & { readonly [proven]: 'ApiPath' };

/**
 * Template that encodes every parameter: `` apiPath`/crates/${name}` ``. A parameter can neither leave its segment nor
 * become `.` or `..`, which URL parsers fold even when their dots are escaped.
 *
 * @throws {RangeError} for a parameter that is empty, `.` or `..`: no such thing has a name in this API.
 */
export function apiPath(parts: TemplateStringsArray, ...parameters: readonly (string | number)[]): ApiPath {
  let path = parts[0] as string;
  for (const [index, parameter] of parameters.entries()) {
    const text = String(parameter).toWellFormed();
    if (text === '' || text === '.' || text === '..')
      throw new RangeError(`No path can be made of "${text}".`);
    path += encodeURIComponent(text) + (parts[index + 1] as string);
  }
  return path as ApiPath;
}

/** A query string of the values that are given, `?` included, or nothing. */
export function queryOf(values: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? '' : `?${query.toString()}`;
}
