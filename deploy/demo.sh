#!/usr/bin/env bash
# A province in one command: builds, starts the server with sample data and a few rooms, prints
# where to look and how to sign in, and stops everything with Ctrl-C.
#
#   deploy/demo.sh [--agents N] [--port P] [--lan] [--json] [--no-browser]
#
#   --agents N     rooms with a device of their own (3); the other points of the 116 are empty
#   --port P       where the server listens (8080)
#   --lan          https on every address with the demo's own certificate authority
#   --json         the last line printed when ready is one JSON object for programs
#   --no-browser   do not open a browser
set -euo pipefail
cd "$(dirname "$0")/.."

agents=3 port=8080 lan=no json=no browser=yes
while [ $# -gt 0 ]; do
  case $1 in
    --agents) agents=${2:?--agents needs a number}; shift 2 ;;
    --port) port=${2:?--port needs a number}; shift 2 ;;
    --lan) lan=yes; shift ;;
    --json) json=yes; shift ;;
    --no-browser) browser=no; shift ;;
    *) sed -n '2,11p' "$0" >&2; exit 2 ;;
  esac
done

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }

deploy/setup.sh build >&2
say "Building (the first time takes a while)"
(cd web && npm run --silent build >&2)
cargo build --locked --quiet -p server -p room-agent >&2
bin=${CARGO_TARGET_DIR:-target}/debug

# Every run begins from nothing, in a folder that goes when the demo stops.
dir=$(mktemp -d "${TMPDIR:-/tmp}/diemcau-demo.XXXXXX")
keepers=()
stop() {
  trap - EXIT INT TERM
  [ ${#keepers[@]} -eq 0 ] || kill "${keepers[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$dir"
}
trap stop EXIT
trap 'exit 0' INT TERM

# keep NAME COMMAND...: what the units in this folder say with Restart=always: it runs until the
# demo stops, whatever happens to it. Its process id is in $dir/NAME.pid, its words in NAME.log.
keep() {
  local name=$1; shift
  (
    trap 'kill "$child" 2>/dev/null; wait "$child" 2>/dev/null; exit 0' TERM INT
    while :; do
      "$@" >>"$dir/$name.log" 2>&1 &
      child=$!
      echo "$child" >"$dir/$name.pid"
      wait "$child" || true
      sleep 0.2 & child=$!
      wait "$child" || true
    done
  ) &
  keepers+=($!)
}

# until_true SECONDS COMMAND...
until_true() {
  local left=$(($1 * 10)); shift
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || return 1
    sleep 0.1
  done
}

failed_to_start() {
  say "$1 did not start. Its last words:"
  tail -n 20 "$dir/$2.log" >&2 || true
  exit 1
}

# A room's screen: a window here, or one in memory where nobody looks.
give_screen() {
  local name=$1-screen
  screen=${DISPLAY:-}
  [ -z "$screen" ] || return 0
  # shellcheck disable=SC2016
  keep "$name" sh -c 'exec Xvfb -displayfd 3 -screen 0 1920x1080x24 -nolisten tcp 3>"$0"' \
    "$dir/$name.display"
  until_true 10 test -s "$dir/$name.display" || failed_to_start "The screen" "$name"
  screen=":$(cat "$dir/$name.display")"
}

# A loudspeaker: the machine's, or one that nobody hears.
give_sound() {
  [ ! -e /dev/snd ] || return 0
  export PULSE_RUNTIME_PATH="$dir/pulse" ALSA_CONFIG_PATH="$dir/asound.conf"
  export PULSE_SERVER="unix:$dir/pulse/native"
  mkdir -p "$dir/pulse"
  printf '%s\n' '</usr/share/alsa/alsa.conf>' 'pcm.!default { type pulse }' \
    'ctl.!default { type pulse }' >"$dir/asound.conf"
  keep sound pulseaudio -n --daemonize=no --use-pid-file=no --exit-idle-time=-1 \
    -L "module-native-protocol-unix auth-anonymous=1 socket=$dir/pulse/native" \
    -L "module-null-sink sink_name=room"
  until_true 10 test -S "$dir/pulse/native" || failed_to_start "The sound" sound
}

scheme=http host=127.0.0.1 options=()
if [ "$lan" = yes ]; then
  scheme=https host=$(hostname -I | awk '{print $1}')
  options+=(--lan "$host")
fi
url="$scheme://$host:$port"

say "Making the sample province"
"$bin/diemcau-server" demo-data "$dir/data" --port "$port" --agents "$agents" \
  --starts-in 60 "${options[@]}" >"$dir/demo.json" 2>"$dir/demo-data.log" ||
  failed_to_start "The sample data" demo-data
keep server "$bin/diemcau-server" --config "$dir/data/diemcau.toml"
until_true 20 curl --silent --fail --insecure "$url/healthz" || failed_to_start "The server" server

give_sound
for number in $(seq -f %02g 1 "$agents"); do
  give_screen "agent-$number"
  keep "agent-$number" env DISPLAY="$screen" \
    "$bin/diemcau-agent" --config "$dir/data/agents/$number/agent.toml"
done

# Ready means: every room has its papers and has checked them.
rooms_ready() {
  local number
  for number in $(seq -f %02g 1 "$agents"); do
    grep -q '"papers_verified":[1-9]' "$dir/data/agents/$number/status.json" || return 1
  done
}
until_true 60 rooms_ready || say "Some rooms are not ready yet; their logs are in $dir"

pids() { for number in $(seq -f %02g 1 "$agents"); do cat "$dir/agent-$number.pid"; done; }
summary() {
  URL=$url SERVER=$(cat "$dir/server.pid") AGENTS=$(pids) python3 - "$dir/demo.json" <<'PY'
import json, os, sys

made = json.load(open(sys.argv[1]))
print(json.dumps({
    "url": os.environ["URL"],
    "accounts": made["accounts"],
    "meeting": made["meeting"],
    "server_pid": int(os.environ["SERVER"]),
    "agent_pids": [int(pid) for pid in os.environ["AGENTS"].split()],
}, ensure_ascii=False))
PY
}
for_people() {
  python3 - "$url" "$dir/demo.json" <<'PY'
import json, sys

url, made = sys.argv[1], json.load(open(sys.argv[2]))
print(f"\n  Điểm Cầu:  {url}\n")
print(f"  {'Vai trò':<24}{'Tên đăng nhập':<20}Mật khẩu")
for account in made["accounts"]:
    print(f"  {account['role']:<24}{account['user']:<20}{account['password']}")
print("\n  Ctrl-C dừng tất cả.  Ctrl-C stops everything.\n")
PY
}
if [ "$json" = yes ]; then summary; else for_people; fi
if [ "$browser" = yes ] && [ "$json" = no ] && [ -n "${DISPLAY:-}" ]; then
  xdg-open "$url" >/dev/null 2>&1 || true
fi
wait
