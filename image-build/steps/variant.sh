#!/usr/bin/env bash
# Packs the root once more as another version, for the boot test: one that works, or one whose daemon does not.
# usage: variant.sh TOOLS ROOT OUT VERSION works|fails      environment: SOURCE_DATE_EPOCH
# shellcheck source=image-build/steps/common.sh
. "$(dirname "$0")/common.sh"
tools=$1 root=$2 out=$3 version=$4 how=$5
units=usr/lib/systemd/system/nightbell.service.d
mkdir -p "$tools/in" "$tools/out"
mount --bind "$root" "$tools/in"
mount --bind "$(dirname "$out")" "$tools/out"
pseudo=(-p "usr/lib/nightbell/version f 644 0 0 echo $version" -p "usr/lib/nightbell/made f 644 0 0 echo $((SOURCE_DATE_EPOCH + 60))")
if [ "$how" = fails ]; then
    pseudo+=(-p "$units d 755 0 0" -p "$units/broken.conf f 644 0 0 printf '[Service]\nExecStart=\nExecStart=/bin/false\n'")
fi
enter "$tools" mksquashfs /in "/out/$(basename "$out")" -noappend -comp gzip -Xcompression-level 1 -no-progress -quiet -xattrs \
    "${pseudo[@]}" -wildcards -e 'proc/*' 'sys/*' 'dev/*' 'run/*' usr/lib/nightbell/version usr/lib/nightbell/made >&2 ||
    fail "$(words '无法打包试验用的系统：磁盘是否已满？' 'The system for the test could not be packed: is the disk full?')"
