import { describe, expect, it } from 'vitest';
import { recogniseCargoFailure } from './cargo-failure.ts';

describe('recogniseCargoFailure', () => {
  // What cargo 1.95 printed in each case, shortened.
  it.each([
    [
      'dependency-missing',
      'error: no matching package named `nowhere` found\nlocation searched: crates.io index',
    ],
    [
      'dependency-missing',
      'error: failed to select a version for the requirement `a = "^9"`\ncandidate versions found which didn\'t match: 1.0.0',
    ],
    [
      'bad-manifest',
      'error: failed to parse manifest at `/build/a-1.0.0/Cargo.toml`\n\nCaused by:\n  feature `default` includes `x`',
    ],
    [
      'toolchain-too-old',
      'error: failed to parse manifest at `/a/Cargo.toml`\n\nCaused by:\n  failed to parse the `edition` key\n\nCaused by:\n  supported edition values are `2015`, `2018`, `2021`, or `2024`, but `2099` is unknown',
    ],
    [
      'toolchain-too-old',
      'error: failed to parse manifest at `/a/Cargo.toml`\n\nCaused by:\n  feature `edition2024` is required',
    ],
    [
      'checksum-mismatch',
      'error: failed to download replaced source registry `crates-io`\n\nCaused by:\n  failed to verify the checksum of `a v1.0.0`',
    ],
    [
      'fetch-error',
      'error: failed to get `a` as a dependency of package `b v1.0.0`\n\nCaused by:\n  download of config.json failed\n\nCaused by:\n  curl failed\n\nCaused by:\n  [7] Could not connect to server',
    ],
    [
      'fetch-error',
      'warning: spurious network error (3 tries remaining): [28] Timeout was reached\nerror: failed to download from `https://example.com`',
    ],
    ['unknown', 'error: something cargo never said before'],
  ])('%s: %s', (kind, stderr) => {
    expect(recogniseCargoFailure(stderr).kind).toBe(kind);
  });

  it('names the wanted Rust', () => {
    const { kind, hint } = recogniseCargoFailure(
      'error: rustc 1.95.0 is not supported by the following package:\n  a@1.0.0 requires rustc 1.99',
    );
    expect(kind).toBe('toolchain-too-old');
    expect(hint).toContain('Rust 1.99 or newer');
  });

  it('shows cargo’s own error and not what it said before', () => {
    const { message } = recogniseCargoFailure(
      '    Updating crates.io index\nwarning: x\nerror: no matching package named `a` found',
    );
    expect(message).toBe('error: no matching package named `a` found');
  });
});
