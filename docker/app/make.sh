#!/bin/sh
# Makes the image of our programs on a machine that reaches no image registry, or only through a TLS proxy of its own.
# Elsewhere `docker build --file docker/app/Dockerfile --tag buildsrs/app .` does the same.
#
#   docker/app/make.sh [BASE]      makes buildsrs/app:latest from BASE (buildsrs/base:forky)
#
# Certificates this machine trusts (NODE_EXTRA_CA_CERTS, then SSL_CERT_FILE) are trusted in the image too.
set -eu
cd "$(dirname "$0")/../.."
base=${1:-buildsrs/base:forky}

context=$(mktemp -d "${TMPDIR:-/tmp}/buildsrs-app-XXXXXX")
trap 'rm -rf "$context"' EXIT INT TERM

# What git knows, and nothing that lies about.
git ls-files -z --cached --others --exclude-standard -- \
  .dockerignore LICENSE package.json pnpm-lock.yaml pnpm-workspace.yaml packages apps docker/app docker/toolchain |
  tar --null --files-from=- --ignore-failed-read -cf - | tar -xf - -C "$context"

bundle=${NODE_EXTRA_CA_CERTS:-${SSL_CERT_FILE:-}}
if [ -s "$bundle" ]; then
  # update-ca-certificates wants one certificate a file.
  awk -v folder="$context/docker/app/certificates" '
    /-----BEGIN CERTIFICATE-----/ { file = sprintf("%s/machine-%03d.crt", folder, ++count) }
    file { print > file }
    /-----END CERTIFICATE-----/ { close(file); file = "" }' "$bundle"
fi

docker build --file "$context/docker/app/Dockerfile" --build-arg "BASE=$base" --network host \
  --tag buildsrs/app:latest "$context"
