/** A Cargo.toml that cargo would refuse, or that is another crate's: the crate's fault (`bad-manifest`). */
export class ManifestError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ManifestError';
  }

  /** By name and not by class, so that it holds across copies of this package. */
  static is(error: unknown): error is ManifestError {
    return error instanceof Error && error.name === 'ManifestError';
  }
}
