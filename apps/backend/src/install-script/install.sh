# What stands above is of this crate; all below is the same for every one. Nothing runs before the last line is here.

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "error: $*"
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

usage() {
  cat <<USAGE
Installs $crate $version, built by $base, after its sha256 was checked.

Usage: curl -fsSL $base/i/$crate | sh -s -- [options]

  --version VERSION  another version
  --target TRIPLE    the build for this target; otherwise the one that fits this system
  --root DIR         install into DIR/bin; otherwise into ~/.cargo/bin when it is on the PATH, else ~/.local/bin
  --dry-run          say what would be done
USAGE
}

# Leaves nothing but what was installed: neither downloads, nor half a program, nor folders made for nothing.
clean_up() {
  [ -z "$work" ] || rm -rf "$work"
  [ -z "$existing" ] || {
    rm -f "$bin/.builds-$$-"*
    while [ "$bin" != "$existing" ] && rmdir "$bin" 2>/dev/null; do bin=$(dirname "$bin"); done
  }
}

fetch() {
  protocols='=http,https'
  case $1 in https:*) protocols='=https' ;; esac
  if has curl; then
    curl -fsSL --proto "$protocols" --connect-timeout 30 --speed-limit 1 --speed-time 60 -o "$2" "$1"
  elif has wget; then
    wget -q -T 60 -O "$2" "$1"
  else
    fail 'There is neither curl nor wget here, so nothing can be downloaded.'
  fi
}

sha256_of() {
  if has sha256sum; then
    sha256sum <"$1"
  elif has shasum; then
    shasum -a 256 <"$1"
  elif has openssl; then
    openssl dgst -sha256 -r <"$1"
  else
    fail 'There is no sha256sum, shasum or openssl here, so what is downloaded cannot be checked.'
  fi | cut -d ' ' -f 1
}

# The version of glibc, nothing where programs linked to it do not run.
glibc_here() {
  for loader in /lib/ld-linux* /lib64/ld-linux* /lib/ld64.so.* /lib64/ld64.so.*; do
    [ -e "$loader" ] || continue
    found=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed -n 's/^glibc \([0-9]*\.[0-9]*\).*/\1/p')
    [ -n "$found" ] || found=$(ldd --version 2>/dev/null | sed -n '1s/.* \([0-9][0-9]*\.[0-9][0-9]*\).*/\1/p')
    printf '%s\n' "$found"
    return
  done
}

# The second number of the newest glibc the files ask for: 34 for 2.34.
glibc_wanted() {
  LC_ALL=C grep -ao 'GLIBC_2\.[0-9][0-9]*' "$@" 2>/dev/null | sed 's/.*GLIBC_2\.//' | sort -n | tail -n 1
}

# Targets whose programs run here, the best first.
fitting_targets() {
  system=$(uname -s)
  machine=$(uname -m)
  bits=$(getconf LONG_BIT 2>/dev/null || true)
  abi=
  case $machine in
    x86_64 | amd64) arch=x86_64 ;;
    aarch64 | arm64) arch=aarch64 ;;
    i?86 | x86) arch=i686 ;;
    armv7* | armv8*) arch=armv7 abi=eabihf ;;
    armv6*) arch=arm abi=eabihf ;;
    riscv64) arch=riscv64gc ;;
    ppc64le) arch=powerpc64le ;;
    s390x | loongarch64) arch=$machine ;;
    *) fail "This machine is a $machine, for which nothing is built. \`cargo install $crate\` compiles it." ;;
  esac
  case $arch-$bits in
    x86_64-32) arch=i686 ;;
    aarch64-32) arch=armv7 abi=eabihf ;;
  esac
  case $system in
    Linux)
      [ -z "$glibc" ] || printf '%s\n' "$arch-unknown-linux-gnu$abi"
      printf '%s\n' "$arch-unknown-linux-musl$abi"
      ;;
    Darwin)
      if [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || true)" = 1 ]; then arch=aarch64; fi
      printf '%s\n' "$arch-apple-darwin"
      ;;
    FreeBSD) printf '%s\n' "$arch-unknown-freebsd" ;;
    MINGW* | MSYS* | CYGWIN*) fail "On Windows, PowerShell installs it: irm $base/i/$crate.ps1 | iex" ;;
    *) fail "This system is $system, for which nothing is built. \`cargo install $crate\` compiles it." ;;
  esac
}

# The line of a list that begins with a word, without it.
entry_of() {
  while read -r key rest; do
    if [ "$key" = "$1" ]; then
      printf '%s\n' "$rest"
      return
    fi
  done
}

not_built() {
  for one in "$@"; do
    status=$(waiting | entry_of "$one")
    [ -z "$status" ] || say "$crate $version for $one: $status."
  done
  built=$(published | while read -r key _; do printf ' %s' "$key"; done)
  fail "$crate $version is not built for $(printf '%s' "$*" | sed 's/ / or /g'). It is built for:${built:- nothing yet}." \
    "Ask for it with \`builds request $crate\` or on $base/crates/$crate; meanwhile \`cargo install $crate\` compiles it."
}

# Downloads, checks and unpacks the archive of a target; false where its programs need a newer glibc than there is.
unpack() {
  entry=$(published | entry_of "$1")
  rm -rf "$work/archive" "$work/unpacked"
  fetch "${entry#* }" "$work/archive" || fail "${entry#* } could not be downloaded. Nothing was installed."
  sum=$(sha256_of "$work/archive")
  [ -n "$sum" ] || exit 1
  [ "$sum" = "${entry%% *}" ] ||
    fail "What was downloaded is not what was published: its sha256 is $sum, not ${entry%% *}. Nothing was installed."
  { mkdir "$work/unpacked" && tar -xzof "$work/archive" -C "$work/unpacked"; } ||
    fail 'The archive could not be unpacked. Nothing was installed.'
  [ -z "$wanted" ] || return 0
  case $1 in *-linux-gnu*) ;; *) return 0 ;; esac
  needs=$(glibc_wanted "$work"/unpacked/*/*)
  case $glibc in 2.*) ;; *) return 0 ;; esac
  [ "${needs:-0}" -gt "${glibc#2.}" ] || return 0
  say "$1 needs glibc 2.$needs; this system has $glibc."
  return 1
}

where_to() {
  if [ -n "$root" ]; then
    bin=${root%/}/bin
    return
  fi
  [ -n "${HOME:-}" ] || fail 'HOME is not set. Say where to install to: --root DIR.'
  bin=${CARGO_HOME:-$HOME/.cargo}/bin
  case ":$PATH:" in
    *":$bin:"*) [ ! -d "$bin" ] || return 0 ;;
  esac
  bin=$HOME/.local/bin
}

put_in_place() {
  existing=$bin
  while [ ! -d "$existing" ]; do existing=$(dirname "$existing"); done
  { mkdir -p "$bin" 2>/dev/null && [ -w "$bin" ]; } ||
    fail "$bin cannot be written to. Choose another place with --root DIR. Nothing was installed."
  programs=
  for folder in "$work"/unpacked/*; do
    { [ -d "$folder" ] && [ ! -L "$folder" ]; } || continue
    for file in "$folder"/*; do
      case $(ls -ld "$file") in -??x*) ;; *) continue ;; esac
      name=${file##*/}
      [ ! -d "$bin/$name" ] || fail "$bin/$name is a folder. Nothing was installed."
      { cp "$file" "$bin/.builds-$$-$name" && chmod 755 "$bin/.builds-$$-$name"; } ||
        fail "$name could not be written to $bin. Is there room? Nothing was installed."
      programs="$programs $name"
    done
  done
  [ -n "$programs" ] || fail 'There is no program in the archive. Nothing was installed.'
  for file in "$bin/.builds-$$-"*; do
    mv -f "$file" "$bin/${file##*/".builds-$$-"}" || fail "$file could not be put in its place."
  done
}

install_version() {
  case $1 in '' | *[!0-9A-Za-z.+-]*) fail "\"$1\" is no version." ;; esac
  fetch "$base/i/$crate@$1" "$work/install.sh" || fail "$base could not be asked for $crate $1. Nothing was installed."
  set -- ${wanted:+--target "$wanted"} ${root:+--root "$root"} ${dry:+--dry-run}
  sh "$work/install.sh" "$@"
}

main() {
  set -eu
  work='' existing='' bin='' wanted='' root='' other='' dry='' glibc=''
  while [ $# -gt 0 ]; do
    case $1 in
      --target=* | --version=* | --root=*)
        argument=$1
        shift
        set -- "${argument%%=*}" "${argument#*=}" "$@"
        ;;
    esac
    case $1 in
      --target | --version | --root)
        [ -n "${2:-}" ] || fail "$1 wants a value. --help says more."
        case $1 in --target) wanted=$2 ;; --version) other=$2 ;; *) root=$2 ;; esac
        shift 2
        ;;
      --dry-run)
        dry=1
        shift
        ;;
      --help | -h)
        usage
        exit 0
        ;;
      *) fail "\"$1\" is not understood. --help says what is." ;;
    esac
  done
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' HUP TERM
  work=$(mktemp -d) || fail 'There is no temporary folder that can be written to.'
  if [ -n "$other" ] && [ "$other" != "$version" ]; then
    install_version "$other"
    exit
  fi
  [ -z "$note" ] || say "$note"
  where_to
  if [ -n "$wanted" ]; then
    targets=$wanted
  else
    glibc=$(glibc_here)
    targets=$(fitting_targets)
  fi
  chosen=
  for target in $targets; do
    [ -n "$(published | entry_of "$target")" ] || continue
    if [ -n "$dry" ]; then
      printf 'Would install %s %s (%s) into %s.\n' "$crate" "$version" "$target" "$bin"
      exit 0
    fi
    if unpack "$target"; then
      chosen=$target
      break
    fi
  done
  # shellcheck disable=SC2086 # a list of words
  [ -n "$chosen" ] || not_built $targets
  put_in_place
  printf 'Installed %s %s (%s) into %s:%s\n' "$crate" "$version" "$chosen" "$bin" "$programs"
  printf 'The sha256 of the archive is the published one: %s\n' "$sum"
  case ":$PATH:" in
    *":$bin:"*) ;;
    *) printf 'This folder is not on your PATH yet: export PATH="%s:$%s"\n' "$bin" PATH ;;
  esac
}

{ main "$@"; }
