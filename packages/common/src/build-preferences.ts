import * as v from 'valibot';
import { TargetSchema } from './target.ts';

/**
 * Debian packages a crate may ask for: build tools and libraries that compile and link, nothing that starts a service
 * or holds data. An executor decides whether it has them; nothing is ever installed because a crate says so.
 */
export const BUILD_PACKAGES = [
  'autoconf',
  'automake',
  'bison',
  'clang',
  'cmake',
  'flex',
  'libasound2-dev',
  'libbz2-dev',
  'libcap-dev',
  'libclang-dev',
  'libcurl4-openssl-dev',
  'libdbus-1-dev',
  'libexpat1-dev',
  'libfontconfig-dev',
  'libfreetype-dev',
  'libfuse3-dev',
  'libgit2-dev',
  'libglib2.0-dev',
  'liblzma-dev',
  'libncurses-dev',
  'libpam0g-dev',
  'libpcap-dev',
  'libpq-dev',
  'libsodium-dev',
  'libsqlite3-dev',
  'libssh2-1-dev',
  'libssl-dev',
  'libsystemd-dev',
  'libtool',
  'libudev-dev',
  'libusb-1.0-0-dev',
  'libwayland-dev',
  'libx11-dev',
  'libxcb1-dev',
  'libxkbcommon-dev',
  'libzmq3-dev',
  'libzstd-dev',
  'make',
  'meson',
  'nasm',
  'ninja-build',
  'perl',
  'pkgconf',
  'protobuf-compiler',
  'python3',
  'zlib1g-dev',
] as const;

/**
 * Variables a crate may set for its own build: switches of build scripts between a system library and the crate's own
 * copy, and what a release profile may vary. None of them names a program, a path or a flag of the compiler.
 */
export const BUILD_VARIABLES = [
  'AWS_LC_SYS_CMAKE_BUILDER',
  'AWS_LC_SYS_NO_ASM',
  'CARGO_PROFILE_RELEASE_CODEGEN_UNITS',
  'CARGO_PROFILE_RELEASE_LTO',
  'CARGO_PROFILE_RELEASE_OPT_LEVEL',
  'CARGO_PROFILE_RELEASE_PANIC',
  'CARGO_PROFILE_RELEASE_STRIP',
  'JEMALLOC_SYS_WITH_LG_PAGE',
  'LIBGIT2_NO_VENDOR',
  'LIBSQLITE3_SYS_USE_PKG_CONFIG',
  'LIBSSH2_SYS_USE_PKG_CONFIG',
  'LIBZ_SYS_STATIC',
  'LZMA_API_STATIC',
  'OPENSSL_NO_VENDOR',
  'OPENSSL_STATIC',
  'PCRE2_SYS_STATIC',
  'RUSTONIG_SYSTEM_LIBONIG',
  'SODIUM_STATIC',
  'SQLX_OFFLINE',
  'VERGEN_IDEMPOTENT',
  'ZSTD_SYS_USE_PKG_CONFIG',
] as const;

/** A program's name as cargo's `--bin` takes it; it never begins like a flag. */
export const BinaryNameSchema = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}$/,
    'is the name of a program: letters, digits, hyphens, underscores, dots',
  ),
);

/** A feature as cargo's `--features` takes it, `feature` or `dependency/feature`; it never begins like a flag. */
export const WantedFeatureSchema = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}(?:\/[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63})?$/,
    'is the name of a feature, or dependency/feature',
  ),
);

export const BuildPackageSchema = v.picklist(
  BUILD_PACKAGES,
  'is none of the Debian packages that may be asked for',
);

/** Values are one line of plain text. */
export const BuildVariablesSchema = v.pipe(
  v.record(
    v.picklist(BUILD_VARIABLES, 'is none of the variables that may be set'),
    v.pipe(v.string(), v.regex(/^[\x20-\x7e]{0,256}$/, 'is one line of plain text')),
  ),
  v.maxEntries(32),
);

/** How a crate is to be built, where it is not by its default features alone. */
export const BuildCommandSchema = v.strictObject({
  /** Beside the default ones, or alone with `noDefaultFeatures`. */
  features: v.optional(v.pipe(v.array(WantedFeatureSchema), v.maxLength(30))),
  noDefaultFeatures: v.optional(v.boolean()),
  /** The programs to publish; all that the features give when left out. */
  bins: v.optional(v.pipe(v.array(BinaryNameSchema), v.minLength(1), v.maxLength(64))),
  /** Debian packages the build needs. */
  packages: v.optional(v.pipe(v.array(BuildPackageSchema), v.maxLength(32))),
  environment: v.optional(BuildVariablesSchema),
});
export type BuildCommand = v.InferOutput<typeof BuildCommandSchema>;

/** Whether a crate is built at all: `automatic` by policy, `on-request` only when somebody asks, `never`. */
export const REBUILDS = ['automatic', 'on-request', 'never'] as const;
export type Rebuild = (typeof REBUILDS)[number];

/**
 * What an author (`[package.metadata.buildsrs]`) or an operator (an override file) wants of a crate's builds. Every
 * field may be left out.
 */
export const BuildPreferencesSchema = v.strictObject({
  rebuild: v.optional(v.picklist(REBUILDS)),
  ...BuildCommandSchema.entries,
  /** The targets built unasked; a request may name others. */
  targets: v.optional(v.pipe(v.array(TargetSchema), v.minLength(1), v.maxLength(64))),
});
export type BuildPreferences = v.InferOutput<typeof BuildPreferencesSchema>;

/** The operator's wishes over the author's: each field is one or the other's, variables are merged by name. */
export function mergePreferences(author: BuildPreferences, operator: BuildPreferences): BuildPreferences {
  const environment = { ...author.environment, ...operator.environment };
  return {
    ...author,
    ...operator,
    ...(Object.keys(environment).length === 0 ? {} : { environment }),
  };
}

/** The part of preferences that goes into a job. */
export function buildCommandOf(preferences: BuildPreferences): BuildCommand {
  const { rebuild: _rebuild, targets: _targets, ...command } = preferences;
  return command;
}
