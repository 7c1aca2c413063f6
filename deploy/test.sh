#!/usr/bin/env bash
# Installs what is missing and runs every check: format, lint, tidy, unit, fuzz, whole-system, browser.
# Leaves a contact sheet of every page and room screen in target/contact-sheet.
#
#   deploy/test.sh             everything
#   deploy/test.sh STEP...     only these steps, see the list at the end of this file
set -uo pipefail
cd "$(dirname "$0")/.."
export DIEMCAU_JUDGES=required CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never} CARGO_INCREMENTAL=0

say() { printf '\033[1m== %s\033[0m\n' "$*"; }
passed=0 failed=0 failures=()

# step NAME COMMAND...: runs it, counts it, says how long it took. What follows a failure still runs.
step() {
  local name=$1 began=$SECONDS; shift
  [ ${#wanted[@]} -eq 0 ] || [[ " ${wanted[*]} " == *" $name "* ]] || return 0
  say "$name"
  if "$@"; then
    passed=$((passed + 1)); say "$name: passed in $((SECONDS - began)) s"
  else
    failed=$((failed + 1)); failures+=("$name"); say "$name: FAILED after $((SECONDS - began)) s"
  fi
}

web() { (cd web && npm run --silent "$@"); }

# nextest where it is installed, plain cargo test elsewhere: the same tests either way.
rust_tests() {
  if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --locked "$@"
  else
    cargo test --locked "$@"
  fi
}

# The whole system: real server, rooms, sound, screens and browsers, one file after the other.
flow() { node --test --test-concurrency=1 --test-reporter=spec tests/flow/*.test.mjs; }

contact_sheet() { (cd web && npm run --silent stories) && node tests/flow/contact-sheet.mjs; }

wanted=("$@")
deploy/setup.sh test || exit 1

step format      cargo fmt --all --check
step web-check   web check
step web-test    web test
step web-build   web build
step lint        cargo clippy --locked --workspace --all-targets -- -D warnings
step build       cargo build --locked --workspace --all-targets
# All parts at once, the house rules (tests/tidy) among them: another choice of parts would mean other
# features, and build everything anew.
step unit        rust_tests --workspace
step fuzz        tests/fuzz/run.sh 60
step flow        flow
step contact     contact_sheet

[ "$failed" -eq 0 ] || printf 'Failed: %s\n' "${failures[*]}"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
