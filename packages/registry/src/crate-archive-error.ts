/** Why an archive was refused. */
export const ARCHIVE_REASONS = {
  'not-gzip': 'it is not a gzip file',
  'not-tar': 'its content is not a tar archive',
  truncated: 'it ends before it should',
  corrupt: 'its data is damaged',
  'trailing-data': 'something follows its end',
  'too-large': 'it is larger than a crate may be',
  'too-large-unpacked': 'it unpacks to more than a crate may be',
  'too-many-entries': 'it has more entries than a crate may have',
  'suspicious-ratio': 'it unpacks to suspiciously many bytes for its size',
  'path-too-long': 'a path in it is too long',
  'bad-path': 'a path in it is not a plain relative path',
  'outside-prefix': 'a path in it is outside of the folder of its name and version',
  'bad-entry-type': 'it holds something that is neither a file nor a folder',
  'bad-header': 'a header in it is not well-formed',
  'size-mismatch': 'it names two sizes for one file',
  duplicate: 'two of its entries are the same file, on some systems at least',
} as const satisfies Record<string, string>;

export type ArchiveReason = keyof typeof ARCHIVE_REASONS;

/** A `.crate` that is not what a crate's archive must be: the crate's fault (`bad-archive`). */
export class CrateArchiveError extends Error {
  readonly reason: ArchiveReason;

  /** @param detail Which entry or number, already fit to be shown. */
  constructor(reason: ArchiveReason, detail?: string, options?: ErrorOptions) {
    super(
      `The .crate file is refused: ${ARCHIVE_REASONS[reason]}${detail === undefined ? '' : ` (${detail})`}.`,
      options,
    );
    this.name = 'CrateArchiveError';
    this.reason = reason;
  }

  /** By name and not by class, so that it holds across copies of this package. */
  static is(error: unknown): error is CrateArchiveError {
    return error instanceof Error && error.name === 'CrateArchiveError';
  }
}
