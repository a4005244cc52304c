#!/usr/bin/env bash
# Makes the root whose programs put the disk together: trixie's, whatever this machine runs; the same in, the same out.
# usage: tools.sh PACKAGES OUT      environment: SOURCE_DATE_EPOCH
# shellcheck source=image-build/steps/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=image-build/steps/repository.sh
. "$(dirname "$0")/repository.sh"
packages=$1 out=$2
rm -rf --one-file-system "$out"
debian "$out" "$packages/tools.list" \
    "$(words '无法安装制作磁盘映像的工具（Debian trixie）。' 'The tools that put the disk together could not be installed (Debian trixie).')" \
    "$packages" --
