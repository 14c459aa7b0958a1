/** Where Debian has a library or tool (packages.debian.org, Debian 13), by the name that build scripts and linkers use. */
const DEBIAN_PACKAGES: Readonly<Record<string, string>> = {
  alsa: 'libasound2-dev',
  asound: 'libasound2-dev',
  atk: 'libatk1.0-dev',
  bz2: 'libbz2-dev',
  bzip2: 'libbz2-dev',
  cairo: 'libcairo2-dev',
  clang: 'libclang-dev',
  cmake: 'cmake',
  crypto: 'libssl-dev',
  curl: 'libcurl4-openssl-dev',
  'dbus-1': 'libdbus-1-dev',
  expat: 'libexpat1-dev',
  fontconfig: 'libfontconfig-dev',
  freetype: 'libfreetype-dev',
  freetype2: 'libfreetype-dev',
  fuse: 'libfuse-dev',
  fuse3: 'libfuse3-dev',
  'gdk-3.0': 'libgtk-3-dev',
  git2: 'libgit2-dev',
  'glib-2.0': 'libglib2.0-dev',
  'gtk+-3.0': 'libgtk-3-dev',
  gtk4: 'libgtk-4-dev',
  libclang: 'libclang-dev',
  libgit2: 'libgit2-dev',
  libpq: 'libpq-dev',
  libsystemd: 'libsystemd-dev',
  libudev: 'libudev-dev',
  'libusb-1.0': 'libusb-1.0-0-dev',
  libzstd: 'libzstd-dev',
  lzma: 'liblzma-dev',
  make: 'make',
  mysqlclient: 'default-libmysqlclient-dev',
  nasm: 'nasm',
  ncurses: 'libncurses-dev',
  ncursesw: 'libncurses-dev',
  openssl: 'libssl-dev',
  pam: 'libpam0g-dev',
  perl: 'perl',
  'pkg-config': 'pkgconf',
  pq: 'libpq-dev',
  protoc: 'protobuf-compiler',
  python3: 'python3',
  sqlite3: 'libsqlite3-dev',
  ssh2: 'libssh2-1-dev',
  ssl: 'libssl-dev',
  udev: 'libudev-dev',
  'wayland-client': 'libwayland-dev',
  'webkit2gtk-4.1': 'libwebkit2gtk-4.1-dev',
  x11: 'libx11-dev',
  X11: 'libx11-dev',
  xcb: 'libxcb1-dev',
  xkbcommon: 'libxkbcommon-dev',
  z: 'zlib1g-dev',
  zlib: 'zlib1g-dev',
  zstd: 'libzstd-dev',
};

/** A library or tool that a build looked for in vain. */
export interface Missing {
  readonly what: 'library' | 'tool';
  readonly name: string;
  readonly debianPackage: string | undefined;
}

const NAME = '([A-Za-z0-9][A-Za-z0-9+._-]{0,63})';

/** Sentences of the crates and programs that look for libraries, each with where it stands. */
const PATTERNS: readonly (readonly [RegExp, Missing['what'], string?])[] = [
  // pkg-config crate 0.3, `Error::ProbeFailure`
  [new RegExp(`The system library \`${NAME}\` required by crate`), 'library'],
  // pkg-config itself
  [new RegExp(`Package '?${NAME}'?,? (?:was not found|required by [^\\n]{1,200} not found)`), 'library'],
  // pkg-config crate 0.3, `Error::Command`, when there is no pkg-config
  [/Could not run `[^\n]{0,400}pkg-config|The pkg-config command could not be run/, 'tool', 'pkg-config'],
  // openssl-sys 0.9
  [
    /Could not find directory of OpenSSL installation|Could not find openssl via pkg-config/,
    'library',
    'openssl',
  ],
  // clang-sys 1, bindgen
  [/Unable to find libclang/, 'library', 'libclang'],
  // prost-build 0.11 and later
  [/Could not find `protoc`/, 'tool', 'protoc'],
  // cmake crate 0.1
  [new RegExp(`is \`${NAME}\` not installed\\?`), 'tool'],
  // cc crate 1.x, `ErrorKind::ToolNotFound`
  [new RegExp(`failed to find tool[^\\n]{0,20}?[\`"]${NAME}[\`"]`, 'i'), 'tool'],
  // rustc when the linker is not there
  [new RegExp(`linker \`${NAME}\` not found`), 'tool'],
  // GNU ld, lld, mold
  [new RegExp(`(?:cannot find|unable to find library|library not found(?: for|:)?) -l:?${NAME}`), 'library'],
];

/** What is missing, by what build scripts, compilers and linkers say when they look in vain. */
export function missingIn(text: string): Missing | undefined {
  for (const [pattern, what, fixed] of PATTERNS) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const name = fixed ?? (match[1] as string).replace(/[.:,]+$/, '');
    return { what, name, debianPackage: DEBIAN_PACKAGES[name] ?? DEBIAN_PACKAGES[name.replace(/^lib/, '')] };
  }
  return undefined;
}

/** The hint for a missing library or tool: its Debian package, and who can do something. */
export function missingHint(missing: Missing): string {
  const where = missing.debianPackage === undefined ? '' : ` Debian has it as ${missing.debianPackage}.`;
  return (
    `The ${missing.what} ${missing.name} is missing where the crate is built.${where} ` +
    (missing.what === 'tool'
      ? 'The operator of the builder can install it.'
      : 'The author can offer a bundled or vendored feature; the operator of the builder can install it.')
  );
}
