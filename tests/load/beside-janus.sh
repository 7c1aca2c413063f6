#!/usr/bin/env bash
# Measures our server and Debian's Janus by turns under the same load and prints both and the ratio.
# Needs root: a network namespace of its own, and Janus if it is not installed.
#
#   tests/load/beside-janus.sh
#   ROUNDS=5 DUR=20 SUBSCRIBERS=116 BITRATE=1500000 BIN=target/release tests/load/beside-janus.sh
#
# BIN is the folder with diemcau-server and diemcau-load; `cargo build --release -p server -p load`
# makes them. With more than one core, servers run on the first and the load on the second.
set -euo pipefail
cd "$(dirname "$0")"
ROUNDS=${ROUNDS:-3} DUR=${DUR:-10} SUBSCRIBERS=${SUBSCRIBERS:-116} BITRATE=${BITRATE:-1500000}
bin=$(realpath "${BIN:-../../target/release}")
server=${SERVER:-$bin/diemcau-server} load=$bin/diemcau-load
results=$(mktemp -d) namespace=diemcau-load-$$ running=

[ "$(id -u)" -eq 0 ] || { echo "$0: needs root for a network namespace" >&2; exit 2; }
for program in "$server" "$load"; do
  [ -x "$program" ] || { echo "$0: no $program" >&2; exit 2; }
done
command -v janus >/dev/null || apt-get install -y --no-install-recommends janus

stop() {
  [ -z "$running" ] || { kill "$running" 2>/dev/null && wait "$running" 2>/dev/null; running=; } || true
}
clean() {
  stop
  ip netns delete "$namespace" 2>/dev/null || true
  rm -rf "$results"
}
trap clean EXIT

# Janus leaves out loopback interfaces, so an address of this machine stands on a virtual one.
ip netns add "$namespace"
ip -n "$namespace" link set lo up
ip -n "$namespace" link add outer type veth peer name inner
ip -n "$namespace" address add 127.0.0.2/32 dev outer
ip -n "$namespace" link set outer up
ip -n "$namespace" link set inner up

pinned() { # CORE COMMAND...
  local core=$1; shift
  if [ "$(nproc)" -gt 1 ]; then set -- taskset -c "$core" "$@"; fi
  exec ip netns exec "$namespace" "$@"
}

# round NAME ROUND: a fresh server, one load, one file of figures.
round() {
  local name=$1 number=$2
  local common=(--subscribers "$SUBSCRIBERS" --seconds "$DUR" --bitrate "$BITRATE" --address 127.0.0.2
    --label "$name" --json "$results/$name-$number.json")
  case $name in
    ours)
      pinned 0 "$server" --config bench.toml >"$results/$name.log" 2>&1 &
      running=$!
      common=(whep --whip 'http://127.0.0.1:8095/whip/bench?stream=load'
        --whep 'http://127.0.0.1:8095/whep/bench?stream=load' --bearer bench "${common[@]}") ;;
    janus)
      pinned 0 janus -C janus/janus.jcfg -F janus >"$results/$name.log" 2>&1 &
      running=$!
      common=(janus --url http://127.0.0.1:8088/janus "${common[@]}") ;;
  esac
  sleep 2
  printf '\n== %s, round %s (load of the machine %s)\n' "$name" "$number" "$(cut -d' ' -f1 /proc/loadavg)"
  (pinned 1 timeout $((DUR + 180)) "$load" "${common[@]}" --pid "$running") ||
    { echo "-- not everybody was served; the server's last words:"; tail -n 5 "$results/$name.log"; }
  stop
}

for ((number = 1; number <= ROUNDS; number++)); do
  # Whoever comes first in a round comes second in the next.
  if ((number % 2)); then order=(ours janus); else order=(janus ours); fi
  for name in "${order[@]}"; do round "$name" "$number"; done
done

python3 - "$results" <<'PYTHON'
import glob, json, os, statistics, sys

FIGURES = [
    ("CPU per forwarded packet, µs", ("server", "cpu_us_per_packet")),
    ("CPU, % of a core", ("server", "cpu_percent")),
    ("packets forwarded each second", ("packets_per_second",)),
    ("loss, %", ("loss_percent",)),
    ("delay p50, ms", ("delay_ms", "p50")),
    ("delay p99, ms", ("delay_ms", "p99")),
    ("join p50, ms", ("join_ms", "p50")),
    ("join p99, ms", ("join_ms", "p99")),
    ("memory per subscriber, KiB", ("server", "memory_bytes_per_subscriber")),
]

def read(name):
    files = sorted(glob.glob(os.path.join(sys.argv[1], name + "-*.json")))
    return [json.load(open(file)) for file in files]

def figure(report, keys):
    for key in keys:
        report = report[key]
    return report / 1024 if keys[-1].startswith("memory") else report

ours, janus = read("ours"), read("janus")
if not ours or not janus:
    sys.exit("one of the two was never measured")
print(f"\nMedians of {len(ours)} and {len(janus)} rounds (least to most)\n")
print("| | ours | Janus | ratio |\n|---|---|---|---|")
for title, keys in FIGURES:
    cells, medians = [], []
    for reports in (ours, janus):
        values = [figure(report, keys) for report in reports]
        medians.append(statistics.median(values))
        cells.append(f"{medians[-1]:.2f} ({min(values):.2f}–{max(values):.2f})")
    ratio = f"{medians[0] / medians[1]:.2f}" if medians[1] else "–"
    print(f"| {title} | {cells[0]} | {cells[1]} | {ratio} |")
PYTHON
