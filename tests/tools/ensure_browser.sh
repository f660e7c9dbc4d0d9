#!/bin/sh
# Installs Chromium, Node and axe-core where they are missing: the pages are tested in a real browser, the Formspree
# client in Node.
set -eu

install_axe() {
  mkdir -p build/browser
  cmp -s tests/browser/package.json build/browser/package.json && [ -e build/browser/node_modules/axe-core/axe.min.js ] && return
  cp tests/browser/package.json build/browser/
  (cd build/browser && npm install --no-package-lock --no-audit --no-fund --silent) || { rm build/browser/package.json; exit 1; }
}

missing=""
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing="$missing chromium"
command -v node >/dev/null || missing="$missing nodejs"
command -v npm >/dev/null || missing="$missing npm"
if [ -z "$missing" ]; then
  install_axe
  exit 0
fi

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
install_axe
