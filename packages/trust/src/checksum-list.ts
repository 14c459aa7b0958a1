import type { Digest } from '@buildsrs/common';

/** A `SHA256SUMS` file: what `sha256sum -c` reads, sorted by name. Names are artifact names and need no escaping. */
export function checksumList(files: readonly { readonly name: string; readonly sha256: Digest }[]): string {
  return files
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .map((file) => `${file.sha256}  ${file.name}\n`)
    .join('');
}
