#!/usr/bin/env bash
# Builds Debian's own source of Asterisk (suite forky) for trixie, which has none.
# usage: asterisk.sh WORK OUT      environment: IMAGE_MIRROR IMAGE_ASTERISK SOURCE_DATE_EPOCH
# OUT receives the packages asterisk, asterisk-modules and asterisk-config, the .dsc they were built from, and a list of what
# Debian had in the root they were built in.
# shellcheck source=image-build/steps/common.sh
. "$(dirname "$0")/common.sh"
work=$1 out=$2
here=$(cd "$(dirname "$0")/.." && pwd)
root=$work/root
rm -rf --one-file-system "$work"
mkdir -p "$work" "$out"

mmdebstrap --variant=buildd --components=main --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "false"' \
    --include=ca-certificates,debhelper/trixie-backports,libdebhelper-perl/trixie-backports \
    trixie "$root" \
    "deb $IMAGE_MIRROR trixie main" "deb $IMAGE_MIRROR trixie-backports main" >&2 ||
    fail "$(words '无法搭建用于编译 Asterisk 的 Debian trixie：网络是否正常？' 'A Debian trixie to build Asterisk in could not be made: is the network up?')"
# A snapshot's Release file is past its date; nothing but this one line may be.
echo "deb-src [check-valid-until=no] $IMAGE_MIRROR forky main" >"$root/etc/apt/sources.list.d/forky.list"
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
enter "$root" apt-get -q update >&2
enter "$root" sh -c "mkdir /build && cd /build && apt-get -q source --download-only asterisk" >&2 ||
    fail "$(words '无法从 Debian 获取 Asterisk 的源代码：网络是否正常？' 'The source of Asterisk could not be fetched from Debian: is the network up?')"
sed -n 's/^source \([^ ]*\) [^ ]* SHA256:\(.*\)$/\2  \1/p' "$here/packages.lock" | (cd "$root/build" && sha256sum -c --strict) >&2 ||
    fail "$(words "Debian 的 Asterisk 源代码不是 packages.lock 指定的，请运行 'make image-lock'。" "Debian's source of Asterisk is not the one of packages.lock: run 'make image-lock'.")"
source=$(basename "$root"/build/asterisk_*.dsc)
version=${source#asterisk_}
version=${version%.dsc}
case "${version#*:}" in
    "$IMAGE_ASTERISK"*) ;;
    *) fail "$(words "Debian forky 的 Asterisk 是 $version；Nightbell 用 ${IMAGE_ASTERISK}x 测试。" "Debian forky has Asterisk $version; Nightbell is tested with ${IMAGE_ASTERISK}x.")" ;;
esac
enter "$root" sh -c "cd /build && apt-get -q -y build-dep ./$source && dpkg-source -x $source tree" >&2 ||
    fail "$(words "Debian trixie 缺少编译 Asterisk $version 所需的软件包。" "Debian trixie lacks packages that Asterisk $version is built with.")"
# shellcheck disable=SC2034 # read by enter
entered=("DEB_BUILD_OPTIONS=nocheck nodoc parallel=$(nproc)" "DEB_BUILD_PROFILES=nodoc nocheck"
    DEBFULLNAME=Nightbell DEBEMAIL=nightbell@localhost)
enter "$root" sh -c "cd /build/tree && {
    printf 'asterisk (%s~bpo13+1) trixie; urgency=medium\n\n  * Rebuilt for trixie, unchanged.\n\n -- Nightbell <nightbell@localhost>  %s\n\n' \
        '$version' \"\$(dpkg-parsechangelog -S Date)\"
    cat debian/changelog
} >../changelog && mv ../changelog debian/changelog && dpkg-buildpackage -b -uc -us" >&2 ||
    fail "$(words "Asterisk $version 在 trixie 上编译失败。" "Asterisk $version could not be built on trixie.")"
cp "$root"/build/{asterisk_*_amd64,asterisk-modules_*_amd64,asterisk-config_*_all}.deb "$root/build/$source" "$out/"
# shellcheck disable=SC2016 # dpkg's own
dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Package} ${Version}\n' >"$out/built-with"
umount -Rl "$root/proc" "$root/dev" # or nothing that is left of $work can be removed, and the step fails at its very end
rm -rf --one-file-system "$work"
