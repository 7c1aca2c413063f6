#!/usr/bin/env bash
# Puts libpdfium.so with its licences into vendor/pdfium: out of the pinned Python wheel, checked
# twice (the wheel's hash by pip, the library's here). Quick when it is there already. Python is
# needed to fetch only; the room agent checks the same library hash again before it loads it
# (crates/render/src/library.rs).
set -euo pipefail
cd "$(dirname "$0")/.."

version=5.15.2
wheel_sha256=dc31aea5b0fb9fefc9b537a65f4113980b2c40798445736a7e6565bc85161e37
library_sha256=c76dc0f7839644bfa7c3e3107a6068df714e339c861bb7d4519907b821d427f9

target=vendor/pdfium
library=$target/libpdfium.so

good() { echo "$library_sha256  $1" | sha256sum --check --status; }
if [ -f "$library" ] && [ -d "$target/licenses" ] && good "$library"; then
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "pypdfium2==$version --hash=sha256:$wheel_sha256" >"$work/requirements.txt"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
  --only-binary :all: --platform manylinux_2_17_x86_64 --dest "$work" \
  --requirement "$work/requirements.txt"
python3 -m zipfile --extract "$work"/pypdfium2-*.whl "$work/wheel"

found=$work/wheel/pypdfium2_raw/libpdfium.so
good "$found" || { echo "libpdfium.so in the wheel is not the pinned one" >&2; exit 1; }
mkdir -p "$target"
rm -rf "$target/licenses"
cp -R "$work/wheel/pypdfium2-$version.dist-info/licenses" "$target/licenses"
# Renamed into its place last: whoever finds the library finds all of it.
cp "$found" "$library.part"
mv "$library.part" "$library"
