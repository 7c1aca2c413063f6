#!/usr/bin/env bash
# Fuzzes every parser of foreign bytes, SECONDS each (60 by default), two at a time. A finding stays
# in tests/fuzz/artifacts and fails.
#
#   tests/fuzz/run.sh [SECONDS [TARGET...]]
set -uo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}; shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(datagram offer payload feedback control live pdf)
# The coverage that libFuzzer needs is behind a switch of the compiler; no nightly is wanted for it.
export RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$PWD/target/fuzz
fuzz() { cargo fuzz "$@" --fuzz-dir tests/fuzz --features fuzz --sanitizer none; }
fuzz build || exit 1

one() {
  local target=$1 log=target/fuzz/$1.log longest=8192
  [ "$target" = pdf ] && longest=65536
  mkdir -p "target/fuzz/corpus/$target"
  if cargo fuzz run "$target" "target/fuzz/corpus/$target" "tests/fuzz/seeds/$target" --fuzz-dir tests/fuzz \
    --features fuzz --sanitizer none -- -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 \
    -max_len="$longest" >"$log" 2>&1; then
    printf '%s: %s\n' "$target" "$(grep -o 'Done.*' "$log" | tail -1)"
  else
    printf '%s: a finding, see %s\n' "$target" "$log"; tail -40 "$log"; return 1
  fi
}
failed=0
for ((index = 0; index < ${#targets[@]}; index += 2)); do
  jobs=()
  for target in "${targets[@]:index:2}"; do one "$target" & jobs+=($!); done
  for job in "${jobs[@]}"; do wait "$job" || failed=1; done
done
exit $failed
