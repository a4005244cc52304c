#!/usr/bin/env bash
# Puts the disk together: one for UEFI and BIOS, slot A filled. No loop device, no rights on this machine's disks.
# usage: disk.sh TOOLS SLOT OUT      SLOT: the packed root. environment: SOURCE_DATE_EPOCH
# shellcheck source=image-build/steps/common.sh
. "$(dirname "$0")/common.sh"
tools=$1 slot=$2 out=$3
here=$(cd "$(dirname "$0")/.." && pwd)
rm -rf "$tools/disk"
mkdir -p "$tools/disk"
cp "$here"/disk/* "$tools/disk/"
mkdir -p "$tools/out" "$tools/slot"
mount --bind "$(dirname "$out")" "$tools/out"
mount --bind "$(dirname "$slot")" "$tools/slot"
# shellcheck disable=SC2016 # expanded inside
enter "$tools" sh -c 'cd /disk && exec ./put-together.sh "$@"' sh "/slot/$(basename "$slot")" "/out/$(basename "$out")" >&2 ||
    fail "$(words '无法生成磁盘映像：磁盘是否已满？' 'The disk image could not be put together: is the disk full?')"
rm -rf "$tools/disk"
