#!/bin/sh
# Installs Chromium and Node where they are missing: the pages are tested in a real browser, the Formspree client in Node.
set -eu

missing=""
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing="$missing chromium"
command -v node >/dev/null || missing="$missing nodejs"
command -v npm >/dev/null || missing="$missing npm"
[ -z "$missing" ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "make test needs:$missing. Install them and run it again." >&2
  exit 1
fi
as_root=""
[ "$(id -u)" -eq 0 ] || as_root="sudo"
echo "Installing$missing …"
$as_root apt-get update -qq
# shellcheck disable=SC2086  several names
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -qq -y --no-install-recommends $missing >/dev/null
