#!/usr/bin/env bash
# Makes the system of a slot without the daemon: Debian trixie, Asterisk, Python's packages.
# usage: base.sh ROOT PACKAGES ASTERISK WHEELS      the last three: directories of packages
# environment: SOURCE_DATE_EPOCH
# shellcheck source=image-build/steps/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=image-build/steps/repository.sh
. "$(dirname "$0")/repository.sh"
begun=$(mktemp)
root=$1 packages=$2 asterisk=$3 wheels=$4
here=$(cd "$(dirname "$0")/.." && pwd)
house=/usr/lib/nightbell
list=$(mktemp)
{
    cat "$packages/root.list"
    # shellcheck disable=SC2016 # dpkg's own
    for package in "$asterisk"/*.deb; do dpkg-deb -W --showformat '${Package} ${Version}\n' "$package"; done
} >"$list"
debian "$root" "$list" "$(words '无法搭建映像的 Debian trixie 系统。' 'The Debian trixie of the image could not be made.')" \
    "$packages" "$asterisk" -- \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*'
rm "$list"

mkdir "$root/build"
cp "$wheels"/*.whl "$here/../requirements-voice.lock" "$root/build/"
enter "$root" sh -c "mkdir $house && python3 -m venv $house/.venv && $house/.venv/bin/python -m pip install -q --no-index --no-deps \
    --no-compile --no-warn-script-location --find-links /build --require-hashes -r /build/requirements-voice.lock &&
    $house/.venv/bin/python -m pip uninstall -q -y pip &&
    python3 -m compileall -q --invalidation-mode unchecked-hash $house/.venv" >&2 ||
    fail "$(words '无法把守护进程的 Python 软件包装入映像。' "The daemon's Python packages could not be installed in the image.")"
rm -rf "$root/build"
# What was made just now, rather than unpacked, bears one time whenever that was: the initial RAM disk keeps some of it.
find "$root" -xdev -newer "$begun" -print0 | xargs -0r touch --no-dereference --date=@0
rm "$begun"
