#!/usr/bin/env bash
# Fetches the few foreign front-end files from npm, at fixed versions, and keeps them in the tree with licence and version.
# Run by hand when a version changes (needs npm and python3); the reasons are in docs/decisions/0003-vendored-front-end.md.
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# fetch PACKAGE VERSION: unpacks it to $scratch/package
fetch() {
  rm -rf "$scratch/package"
  (cd "$scratch" && tar -xzf "$(npm pack --silent "$1@$2")")
}

# keep FOLDER PACKAGE VERSION FILE...: copies files of the unpacked package, its licence (LICENSE or LICENSE.md) and version
keep() {
  local folder=$1 package=$2 version=$3
  shift 3
  mkdir -p "$folder"
  for file in "$@"; do cp "$scratch/package/$file" "$folder/"; done
  cp "$scratch"/package/LICENSE* "$folder/LICENSE"
  printf '%s %s\n' "$package" "$version" >"$folder/VERSION"
}

vendor=ui/static/vendor

fetch idiomorph 0.8.0
keep $vendor/idiomorph idiomorph 0.8.0 dist/idiomorph.min.js

fetch @fontsource-variable/ibm-plex-sans 5.3.0
keep $vendor/ibm-plex-sans @fontsource-variable/ibm-plex-sans 5.3.0 files/ibm-plex-sans-latin-wght-normal.woff2

fetch @tabler/icons 3.51.0
keep $vendor/tabler-icons @tabler/icons 3.51.0
python3 .ci/sprite.py "$scratch/package/icons/outline" .ci/icons.txt >ui/static/icons.svg

fetch @twilio/voice-sdk 2.18.5
keep $vendor/twilio-voice-sdk @twilio/voice-sdk 2.18.5 dist/twilio.min.js

fetch axe-core 4.14.1
keep tests/vendor axe-core 4.14.1 axe.min.js
