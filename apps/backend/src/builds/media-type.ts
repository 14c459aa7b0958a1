const BY_ENDING: ReadonlyArray<readonly [ending: string, mediaType: string]> = [
  ['.tar.gz', 'application/gzip'],
  ['.zip', 'application/zip'],
  ['.deb', 'application/vnd.debian.binary-package'],
  ['.json', 'application/json'],
  ['.wasm', 'application/wasm'],
];

/** The media type of an artifact by its name; never one a browser would run on our origin. */
export function mediaTypeOf(name: string): string {
  return BY_ENDING.find(([ending]) => name.endsWith(ending))?.[1] ?? 'application/octet-stream';
}
