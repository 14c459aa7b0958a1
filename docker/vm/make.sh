#!/bin/sh
# Makes what the vm executor starts machines with, out of Debian packages and the toolchain image of the docker executor,
# so that both compile with the same toolchain.
#
#   docker/vm/make.sh            makes it, unless it is there
#   docker/vm/make.sh --force    makes it anew
#
# Needs a running Docker engine that has the toolchain image (the docker executor makes it, or docker/toolchain), on
# x86-64. Everything goes below /var/cache/builds-rs/vm (or BUILDSRS_CACHE_DIR), about 1.9 GB. Start builders anew
# afterwards: one that runs goes on with what it was started with.
set -eu
cd "$(dirname "$0")"

cache=${BUILDSRS_CACHE_DIR:-/var/cache/builds-rs}/vm
image=buildsrs/vm-kit

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 3; }

[ "$(uname -m)" = x86_64 ] || fail "Machines are made for x86-64 alone; this is $(uname -m)."
docker info >/dev/null 2>&1 || fail "The Docker engine does not answer; start it (dockerd) and try again."
tag=buildsrs/toolchain:$(sha256sum ../toolchain/Dockerfile | cut -c 1-12)
toolchain=$(docker image inspect -f '{{.Id}}' "$tag" 2>/dev/null) ||
  fail "There is no image $tag; a builder with --executor docker makes it, or: docker build -t $tag docker/toolchain"

# All it is made from. A newer kernel in Debian does not make a new one by itself; --force does.
key=$( (echo "$toolchain"; cat Dockerfile init.sh make-kit.sh make.sh) | sha256sum | cut -c 1-16)
if [ "${1-}" != --force ] && [ -s "$cache/$key/manifest.json" ]; then
  ln -sfn "$key" "$cache/current"
  say "$cache/$key is there."
  exit 0
fi

if docker image inspect buildsrs/base:forky >/dev/null 2>&1; then base=buildsrs/base:forky; else base=debian:forky-slim; fi
docker build --network host --build-arg "BASE=$base" --tag "$image" . >&2

mkdir -p "$cache"
work=$cache/making.$$
holder=
finish() {
  [ -z "$holder" ] || docker rm -f "$holder" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM
mkdir -p "$work"

holder=$(docker create "$image" true)
docker cp "$holder:/kit/." "$work" >/dev/null
docker rm -f "$holder" >/dev/null
# Straight from the engine into the image, without unpacking it anywhere.
holder=$(docker create "$tag" true)
docker export "$holder" | "$work/lib/ld-linux-x86-64.so.2" --library-path "$work/lib" "$work/mkfs.erofs" --quiet \
  --tar=f -T 1700000000 -U 6f1c1c8e-5d0b-4b43-9c3a-7a8f2a1f0001 "$work/root.erofs" >/dev/null

digest=$(cd "$work" && sha256sum kernel initrd.gz root.erofs | sha256sum | cut -c 1-64)
printf '{"digest":"sha256:%s","toolchain":"%s","kernel":"%s","qemu":"%s"}\n' "$digest" "$toolchain" \
  "$(cat "$work/kernel-version")" "$(cat "$work/qemu-version")" >"$work/manifest.json"
# Builds run QEMU as users of their own.
chmod -R a+rX "$work"
rm -rf "${cache:?}/$key"
mv "$work" "$cache/$key"
ln -sfn "$key" "$cache/current"
for old in "$cache"/*; do
  case ${old##*/} in current | "$key") ;; *) rm -rf "$old" ;; esac
done
say "$cache/$key is made."
