import { CrateArchiveError } from './crate-archive-error.ts';

/** A path out of an archive as an error may show it. */
export function shownPath(path: string): string {
  return JSON.stringify(path.length > 120 ? `${path.slice(0, 117)}...` : path);
}

/**
 * Holds every path of an archive to be plain, relative, below one folder, and different from all others also where
 * file systems ignore case or normalise Unicode.
 */
export class ArchivePaths {
  readonly #prefix: string;
  readonly #maxBytes: number;
  /** Folded path → what it is; parents of files are folders though no entry says so. */
  readonly #seen = new Map<string, { path: string; type: 'file' | 'directory'; explicit: boolean }>();

  /** @param prefix `name-version`. */
  constructor(prefix: string, maxBytes: number) {
    this.#prefix = prefix;
    this.#maxBytes = maxBytes;
  }

  /** The segments below the prefix; none for the prefix folder itself. */
  admit(path: string, type: 'file' | 'directory'): readonly string[] {
    if (Buffer.byteLength(path) > this.#maxBytes)
      throw new CrateArchiveError('path-too-long', shownPath(path));
    const plain = type === 'directory' && path.endsWith('/') ? path.slice(0, -1) : path;
    const segments = plain.split('/');
    for (const segment of segments) {
      if (/[\u0000-\u001f\u007f\\]/.test(segment) || segment === '' || segment === '.' || segment === '..') {
        throw new CrateArchiveError('bad-path', shownPath(path));
      }
      if (Buffer.byteLength(segment) > 255) throw new CrateArchiveError('path-too-long', shownPath(path));
    }
    if (segments[0] !== this.#prefix || (segments.length === 1 && type === 'file')) {
      throw new CrateArchiveError('outside-prefix', shownPath(path));
    }
    for (let depth = 1; depth < segments.length; depth += 1) {
      this.#note(segments.slice(0, depth).join('/'), 'directory', false);
    }
    this.#note(plain, type, true);
    return segments.slice(1);
  }

  #note(path: string, type: 'file' | 'directory', explicit: boolean): void {
    const folded = path.normalize('NFC').toLowerCase().toUpperCase();
    const before = this.#seen.get(folded);
    if (before === undefined) {
      this.#seen.set(folded, { path, type, explicit });
      return;
    }
    const same = before.path === path && before.type === 'directory' && type === 'directory';
    if (!same || (explicit && before.explicit)) throw new CrateArchiveError('duplicate', shownPath(path));
    before.explicit ||= explicit;
  }
}
