#!/usr/bin/env bash
# Makes the root whose programs put the disk together: trixie's, whatever this machine runs; the same in, the same out.
# usage: tools.sh OUT      environment: IMAGE_MIRROR IMAGE_SECURITY
# shellcheck source=image-build/steps/common.sh
. "$(dirname "$0")/common.sh"
out=$1
packages=$(paste -sd, "$(dirname "$0")/../packages.tools")
rm -rf --one-file-system "$out"
mmdebstrap --variant=minbase --components=main --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "false"' \
    --include="$packages" trixie "$out" \
    "deb $IMAGE_MIRROR trixie main" "deb $IMAGE_MIRROR trixie-updates main" "deb $IMAGE_SECURITY trixie-security main" >&2 ||
    fail "$(words '无法安装制作磁盘映像的工具（Debian trixie）：网络是否正常？' 'The tools that put the disk together could not be installed (Debian trixie): is the network up?')"
