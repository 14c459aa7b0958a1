import { describe, expect, it } from 'vitest';
import { missingHint, missingIn } from './missing-library.ts';

describe('missingIn', () => {
  // The sentences as the programs print them, so that a change of a pattern shows.
  it.each([
    [
      'The system library `libudev` required by crate `libudev-sys` was not found.\nThe file `libudev.pc` needs to be installed',
      'library',
      'libudev',
      'libudev-dev',
    ],
    ["Package 'gtk+-3.0', required by 'virtual:world', not found", 'library', 'gtk+-3.0', 'libgtk-3-dev'],
    ['Package dbus-1 was not found in the pkg-config search path.', 'library', 'dbus-1', 'libdbus-1-dev'],
    [
      'Could not run `PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 pkg-config --libs --cflags alsa`\nThe pkg-config command could not be found.',
      'tool',
      'pkg-config',
      'pkgconf',
    ],
    [
      'Could not find directory of OpenSSL installation, and this `-sys` crate cannot',
      'library',
      'openssl',
      'libssl-dev',
    ],
    [
      'Unable to find libclang: "couldn\'t find any valid shared libraries matching',
      'library',
      'libclang',
      'libclang-dev',
    ],
    [
      'Error: Custom { kind: NotFound, error: "Could not find `protoc`. If `protoc` is installed',
      'tool',
      'protoc',
      'protobuf-compiler',
    ],
    [
      'failed to execute command: No such file or directory (os error 2)\nis `cmake` not installed?',
      'tool',
      'cmake',
      'cmake',
    ],
    [
      'error occurred in cc-rs: failed to find tool "x86_64-linux-musl-gcc": No such file',
      'tool',
      'x86_64-linux-musl-gcc',
      undefined,
    ],
    ['linker `aarch64-linux-gnu-gcc` not found', 'tool', 'aarch64-linux-gnu-gcc', undefined],
    ['/usr/bin/ld: cannot find -lasound: No such file or directory', 'library', 'asound', 'libasound2-dev'],
    ['rust-lld: error: unable to find library -lz', 'library', 'z', 'zlib1g-dev'],
    ['ld: library not found for -lpq', 'library', 'pq', 'libpq-dev'],
  ])('%s', (text, what, name, debianPackage) => {
    expect(missingIn(text)).toEqual({ what, name, debianPackage });
  });

  it('finds nothing where nothing is missing', () => {
    expect(missingIn('thread main panicked at build.rs:3: the moon is not full')).toBeUndefined();
  });

  it('takes no name that is not one', () => {
    expect(missingIn('The system library `<script>` required by crate `x` was not found.')).toBeUndefined();
  });
});

describe('missingHint', () => {
  it('names the Debian package and who can do something', () => {
    expect(missingHint({ what: 'library', name: 'openssl', debianPackage: 'libssl-dev' })).toBe(
      'The library openssl is missing where the crate is built. Debian has it as libssl-dev. ' +
        'The author can offer a bundled or vendored feature; the operator of the builder can install it.',
    );
    expect(missingHint({ what: 'tool', name: 'x', debianPackage: undefined })).not.toContain('Debian');
  });
});
