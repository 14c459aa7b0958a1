/** What an archive may be. Reached limits are typed reasons of `CrateArchiveError`. */
export interface ArchiveLimits {
  /** Of the `.crate` file. */
  readonly compressedBytes: number;
  /** Of the tar stream, headers and padding with it; enforced while inflating. */
  readonly unpackedBytes: number;
  readonly entries: number;
  /** Unpacked to compressed; looked at beyond {@link ratioFromBytes}, as small files of zeros are harmless. */
  readonly ratio: number;
  readonly ratioFromBytes: number;
  /** Of one path, in UTF-8. */
  readonly pathBytes: number;
}

const MIB = 1024 * 1024;

/** crates.io takes 10 MiB (more on request) and 512 MiB unpacked; deflate's own bound on the ratio is 1032. */
export const DEFAULT_ARCHIVE_LIMITS: ArchiveLimits = {
  compressedBytes: 64 * MIB,
  unpackedBytes: 512 * MIB,
  entries: 50_000,
  ratio: 250,
  ratioFromBytes: 16 * MIB,
  pathBytes: 1_024,
};
