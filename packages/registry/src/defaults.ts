/** The public addresses of crates.io, as the Cargo book and crates.io's data-access policy name them. */
export const CRATES_IO = {
  /** The sparse index; it has no rate limit. */
  sparseIndex: 'sparse+https://index.crates.io/',
  /** The same index as a git repository, for whole-registry syncs. */
  gitIndex: 'https://github.com/rust-lang/crates.io-index',
  /** Where cargo 1.95 finds the sparse index's `.crate` files: `dl` of its config.json. */
  dl: 'https://static.crates.io/crates',
} as const;
