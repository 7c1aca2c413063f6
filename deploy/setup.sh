#!/usr/bin/env bash
# Installs what is missing on a Debian 12 machine with Rust and Node.js, and nothing twice.
#
#   deploy/setup.sh build      what building and the demo need
#   deploy/setup.sh test       that, and what the checks need
set -euo pipefail
cd "$(dirname "$0")/.."
goal=${1:-build}

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }

# Compilers and libraries the crates bind to; the screen, sound and fonts a room needs.
packages=(
  ca-certificates curl git build-essential clang libclang-dev cmake pkg-config nasm
  libvpx-dev libasound2-dev libasound2-plugins libxkbcommon0 libxkbcommon-x11-0 libx11-6 libxcb1
  libx11-xcb1 libxcursor1 libxi6 libxrandr2 python3 python3-pip python3-venv unzip
  xvfb xauth pulseaudio
)
# Judges, browser and the tools that look at screens and listen to sound.
test_packages=(
  chromium poppler-utils qpdf libnss3-tools pulseaudio-utils imagemagick x11-apps x11-utils
  xdotool ffmpeg iproute2 nftables util-linux openssl procps valgrind coturn
)
[ "$goal" = test ] && packages+=("${test_packages[@]}")

install_packages() {
  local missing=() name
  for name in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return
  say "Installing Debian packages: ${missing[*]}"
  local root=()
  [ "$(id -u)" -eq 0 ] || root=(sudo)
  "${root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >/dev/null
}

# at_least HAVE WANT: both are dotted versions.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

check_toolchains() {
  local rust node
  rust=$(rustc --version 2>/dev/null | awk '{print $2}') || true
  node=$(node --version 2>/dev/null | tr -d v) || true
  at_least "${rust:-0}" 1.94.0 || { say "Rust 1.94 or newer is needed, found ${rust:-none}"; exit 1; }
  at_least "${node:-0}" 20.19.0 || { say "Node.js 20.19 or newer is needed, found ${node:-none}"; exit 1; }
}

# Node packages, again only when the lock file changed.
install_web() {
  local stamp=web/node_modules/.lock.sha256 now
  now=$(sha256sum web/package-lock.json | cut -d' ' -f1)
  [ "$(cat "$stamp" 2>/dev/null)" = "$now" ] && return
  say "Installing the web application's packages"
  (cd web && npm ci --no-audit --no-fund --silent)
  echo "$now" > "$stamp"
}

# The two outside judges of signatures, in a place of their own.
install_judges() {
  local venv=target/judges-venv wanted now
  wanted=tests/judges/requirements.txt
  now=$(sha256sum "$wanted" | cut -d' ' -f1)
  [ "$(cat "$venv/.requirements.sha256" 2>/dev/null)" = "$now" ] && return
  say "Installing the judges of signatures"
  mkdir -p target
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --requirement "$wanted"
  echo "$now" > "$venv/.requirements.sha256"
}

# What drives the fuzzers.
install_fuzzer() {
  cargo fuzz --version >/dev/null 2>&1 && return
  say "Installing cargo-fuzz"
  cargo install --locked --quiet cargo-fuzz --version 0.13.2
}

install_packages
check_toolchains
deploy/fetch-pdfium.sh
install_web
if [ "$goal" = test ]; then
  install_judges
  install_fuzzer
fi
exit 0
