#!/bin/sh
# Makes an image of a plain Debian out of its packages alone: no image registry is needed.
#
#   docker/base/make.sh [SUITE]            imports buildsrs/base:SUITE (forky), unless it is there
#   docker/base/make.sh [SUITE] --force    makes it anew
#
# Needs root, debootstrap and a running Docker engine. The root file system is kept as a tarball under
# /var/cache/builds-rs (or BUILDSRS_CACHE_DIR) where that can be written, so that only the first run downloads it.
set -eu

suite=forky force=
for argument in "$@"; do
  case $argument in
    --force) force=yes ;;
    [a-z]*) suite=$argument ;;
    *) printf 'usage: docker/base/make.sh [SUITE] [--force]\n' >&2; exit 2 ;;
  esac
done
image="buildsrs/base:$suite"
# Where this machine has its own packages from, unless another mirror is named.
mirror=${BUILDSRS_DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
  sed -n 's,/$,,; /\/debian$/{p;q}')}
arch=$(dpkg --print-architecture)
cache=${BUILDSRS_CACHE_DIR:-/var/cache/builds-rs}

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 3; }

[ -n "$mirror" ] || fail "This machine has no Debian mirror; name one: BUILDSRS_DEBIAN_MIRROR=http://MIRROR/debian"
[ "$(id -u)" = 0 ] || fail "The base image is made by debootstrap, which needs root; run this as root."
command -v debootstrap >/dev/null || fail "debootstrap is missing; install it: apt-get install debootstrap"
command -v docker >/dev/null || fail "The docker command is missing; install it: apt-get install docker.io"
docker info >/dev/null 2>&1 || fail "The Docker engine does not answer; start it (dockerd) and try again."

if [ -z "$force" ] && docker image inspect "$image" >/dev/null 2>&1; then
  say "$image is there."
  exit 0
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/buildsrs-base-XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT INT TERM

mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ] || cache=$work
tarball=$cache/base-$suite-$arch.tar.gz

if [ -n "$force" ] || [ ! -s "$tarball" ]; then
  say "Making a Debian $suite root file system from $mirror …"
  # Older debootstraps know this suite only by the script all unreleased suites share.
  debootstrap --arch="$arch" --variant=minbase --merged-usr "$suite" "$work/root" "$mirror" \
    /usr/share/debootstrap/scripts/sid >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; fail "debootstrap failed."; }
  printf 'deb %s %s main\n' "$mirror" "$suite" >"$work/root/etc/apt/sources.list"
  rm -rf "$work/root/var/lib/apt/lists" "$work/root/var/cache/apt/archives" "$work/root/var/log/bootstrap.log"
  mkdir -p "$work/root/var/lib/apt/lists/partial" "$work/root/var/cache/apt/archives/partial"
  # The host's names and resolvers must not travel in an image.
  rm -f "$work/root/etc/resolv.conf" "$work/root/etc/hostname"
  # Beside its name and then renamed: an interrupted run never leaves half a tarball.
  tar --numeric-owner --one-file-system -C "$work/root" -cf - . | gzip -1 >"$tarball.$$"
  mv "$tarball.$$" "$tarball"
fi

docker import --change 'CMD ["/bin/sh"]' "$tarball" "$image" >/dev/null
say "$image is made."
