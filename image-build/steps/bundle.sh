#!/usr/bin/env bash
# Puts the packed root into a signed bundle, with which a box is updated.
# usage: bundle.sh TOOLS SLOT OUT CERT KEY VERSION BUILD      BUILD: what appliance.updating.release says of the version
# environment: SOURCE_DATE_EPOCH
# shellcheck source=image-build/steps/common.sh
. "$(dirname "$0")/common.sh"
tools=$1 slot=$2 out=$3 cert=$4 key=$5 version=$6 build=$7
rm -rf "$tools/bundle" "$tools/in"
mkdir -p "$tools/bundle" "$tools/in" "$tools/out"
# In memory, and gone with the step: the key is nowhere on the disk of the tools.
mount -t tmpfs -o mode=700 bundle "$tools/bundle"
# rauc links what goes in to its work directory beside it: both must be one file system, and no mount.
ln "$slot" "$tools/in/root.squashfs" 2>/dev/null || cp "$slot" "$tools/in/root.squashfs"
mount --bind "$(dirname "$out")" "$tools/out"
cp "$cert" "$tools/bundle/cert.pem"
cp "$key" "$tools/bundle/key.pem"
cat >"$tools/in/manifest.raucm" <<END
[update]
compatible=nightbell-x86-64
version=$version
build=$build

[bundle]
format=verity

[image.rootfs]
filename=root.squashfs
END
rm -f "$out"
enter "$tools" rauc bundle --cert=/bundle/cert.pem --key=/bundle/key.pem /in "/out/$(basename "$out")" >&2 ||
    fail "$(words '无法给更新包签名：SIGNING_KEY 与 SIGNING_CERT 是否成对？磁盘是否已满？' 'The update bundle could not be signed: do SIGNING_KEY and SIGNING_CERT belong together, is the disk full?')"
umount "$tools/bundle" "$tools/out"
rm -rf "$tools/in"
rmdir "$tools/bundle"
