#!/usr/bin/env bash
# Packs the root into the file of a slot. The same root gives the same bytes.
# usage: squash.sh TOOLS ROOT OUT      environment: SOURCE_DATE_EPOCH
# shellcheck source=image-build/steps/common.sh
. "$(dirname "$0")/common.sh"
tools=$1 root=$2 out=$3
mkdir -p "$tools/in" "$tools/out"
mount --bind "$root" "$tools/in"
mount --bind "$(dirname "$out")" "$tools/out"
# GRUB reads kernel and initrd from it, and knows gzip; at level 9 packing takes much longer and saves little.
# Every file bears the commit's time: what is kept of an earlier build is older than the commit, or younger.
enter "$tools" env -u SOURCE_DATE_EPOCH mksquashfs /in "/out/$(basename "$out")" -noappend -mkfs-time "$SOURCE_DATE_EPOCH" \
    -all-time "$SOURCE_DATE_EPOCH" -comp gzip -Xcompression-level 6 -no-progress -quiet -xattrs \
    -wildcards -e 'proc/*' 'sys/*' 'dev/*' 'run/*' >&2 ||
    fail "$(words '无法打包映像的系统：磁盘是否已满？' 'The system of the image could not be packed: is the disk full?')"
