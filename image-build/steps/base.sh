#!/usr/bin/env bash
# Makes the system of a slot without the daemon: Debian trixie, Asterisk, Python's packages.
# usage: base.sh ROOT ASTERISK WHEELS      ASTERISK, WHEELS: directories of their packages
# environment: IMAGE_MIRROR IMAGE_SECURITY SOURCE_DATE_EPOCH
# shellcheck source=image-build/steps/common.sh
. "$(dirname "$0")/common.sh"
root=$1 asterisk=$2 wheels=$3
here=$(cd "$(dirname "$0")/.." && pwd)
house=/usr/lib/nightbell
packages=$(paste -sd, "$here/packages.root")
rm -rf --one-file-system "$root"

mmdebstrap --variant=minbase --components=main --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --include="$packages" trixie "$root" \
    "deb $IMAGE_MIRROR trixie main" "deb $IMAGE_MIRROR trixie-updates main" "deb $IMAGE_SECURITY trixie-security main" >&2 ||
    fail "$(words '无法搭建映像的 Debian trixie 系统：网络是否正常？' 'The Debian trixie of the image could not be made: is the network up?')"

mkdir "$root/build"
cp "$asterisk"/*.deb "$wheels"/*.whl "$here/../requirements.lock" "$root/build/"
cp --remove-destination /etc/resolv.conf "$root/etc/resolv.conf" # systemd-resolved left a link to nowhere
cp "$root/etc/ssl/certs/ca-certificates.crt" "$root/build/authorities"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt" # how this machine reaches the mirror
enter "$root" sh -c 'apt-get -q update && apt-get -q -y install --no-install-recommends /build/asterisk*.deb' >&2 ||
    fail "$(words '无法把 Asterisk 装入映像。' 'Asterisk could not be installed in the image.')"
enter "$root" sh -c "mkdir $house && python3 -m venv $house/.venv && $house/.venv/bin/python -m pip install -q --no-index --no-deps \
    --no-compile --no-warn-script-location --find-links /build --require-hashes -r /build/requirements.lock &&
    $house/.venv/bin/python -m pip uninstall -q -y pip &&
    python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash $house/.venv" >&2 ||
    fail "$(words '无法把守护进程的 Python 软件包装入映像。' "The daemon's Python packages could not be installed in the image.")"
mv "$root/build/authorities" "$root/etc/ssl/certs/ca-certificates.crt"
rm -rf "$root/build"
