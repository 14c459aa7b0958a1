#!/bin/sh
# Makes the image the toolchain image is built from where no image registry can be reached: Debian 12 with this machine's
# Rust, as the official image rust:1-slim-bookworm is elsewhere.
#
#   docker/rust/make.sh            makes buildsrs/rust:bookworm, unless it is there with this machine's rustc
#
# Not a newer Debian: what is linked against its glibc runs on nothing older. Rust's own toolchain is content with 2.17.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
image=buildsrs/rust:bookworm

fail() { printf '%s\n' "$*" >&2; exit 3; }

command -v rustc >/dev/null || fail "There is no Rust on this machine to put into the image; install it (rustup.rs)."
sysroot=$(rustc --print sysroot)
[ -x "$sysroot/bin/cargo" ] || fail "The toolchain in $sysroot has no cargo; install Rust by rustup."
version=$("$sysroot/bin/rustc" --version)

if [ "$(docker image inspect --format '{{index .Config.Labels "rs.builds.rustc"}}' "$image" 2>/dev/null)" = "$version" ]; then
  printf '%s is there, with %s.\n' "$image" "$version" >&2
  exit 0
fi

"$here/../base/make.sh" bookworm

context=$(mktemp -d "${TMPDIR:-/tmp}/buildsrs-rust-XXXXXX")
trap 'rm -rf "$context"' EXIT INT TERM
mkdir -p "$context/rust/bin"
cp -a "$sysroot/bin/rustc" "$sysroot/bin/cargo" "$context/rust/bin/"
cp -a "$sysroot/lib" "$context/rust/lib"
cat >"$context/Dockerfile" <<'DOCKERFILE'
FROM buildsrs/base:bookworm
ARG VERSION
LABEL rs.builds.rustc="${VERSION}"
COPY --chown=0:0 rust /usr/local/rust
RUN ln -s /usr/local/rust/bin/rustc /usr/local/rust/bin/cargo /usr/local/bin/
DOCKERFILE
docker build --network none --build-arg "VERSION=$version" --tag "$image" "$context" >&2
printf '%s is made, with %s.\n' "$image" "$version" >&2
