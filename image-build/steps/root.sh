#!/usr/bin/env bash
# Makes the root file system of a slot: the base with the daemon and the units.
# usage: root.sh ROOT BASE SOURCE SBOM VOICE CA [development]      BASE: what base.sh made; SOURCE: the daemon's files;
# SBOM: the directory of the bill of materials; VOICE: that of the good voice; CA: whom the box trusts for updates; development: whose key the builder made up
# environment: IMAGE_VERSION SOURCE_DATE_EPOCH
# shellcheck source=image-build/steps/common.sh
. "$(dirname "$0")/common.sh"
root=$1 base=$2 source=$3 bill=$4 voice=$5 ca=$6 development=${7-}
here=$(cd "$(dirname "$0")/.." && pwd)
house=/usr/lib/nightbell
rm -rf --one-file-system "$root"
cp -a "$base" "$root"
mkdir -p "$root$house"
cp -dR --preserve=mode "$source/." "$root$house/"
cp "$bill/nightbell.cdx.json" "$root$house/"
mkdir "$root$house/voice"
cp -R "$voice"/* "$root$house/voice/"
printf '%s\n' "$IMAGE_VERSION" >"$root$house/version"
printf '%s\n' "$SOURCE_DATE_EPOCH" >"$root$house/made"
chmod -R u=rwX,go=rX "$root$house" # whatever the builder's umask made of them
# By content, not by date: the same source gives the same bytes.
enter "$root" python3 -m compileall -q -x '/\.venv/' --invalidation-mode unchecked-hash $house >&2

cp -dR --preserve=mode "$here/root/." "$root/"
sed 's/$/\r/' "$here/disk/nightbell.toml" >"$root/usr/lib/nightbell-box/nightbell.toml" # for a factory reset
install -D -m 644 "$ca" "$root/etc/nightbell/update-ca.pem"
[ -z "$development" ] || : >"$root$house/development-keys"
enter "$root" sh -c "
set -e
groupadd -r -g 200 nightbell
useradd -r -u 200 -g nightbell -d /data/nightbell -s /usr/sbin/nologin -G dialout,audio nightbell
mkdir -p /data /env
ln -sf /run/nightbell/localtime /etc/localtime
rm -f /etc/hostname /etc/timezone
rm -rf /etc/nut
ln -s /run/nightbell/nut /etc/nut
: >/etc/machine-id
rm -f /var/lib/dbus/machine-id /etc/ssh/ssh_host_*
ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
printf '127.0.0.1 localhost\n::1 localhost\n' >/etc/hosts
systemctl -q enable systemd-networkd systemd-resolved systemd-timesyncd nftables ssh nightbell nightbell-setup nightbell-watch \
    nightbell-panel nightbell-good nightbell-disks.timer nightbell-firewall.service nightbell-firewall.path \
    nightbell-ups-driver nightbell-ups-server nightbell-ups-monitor nightbell-update.path nightbell-network.path
systemctl -q mask asterisk.service smartmontools.service nut-server.service nut-monitor.service nut-driver.target nut-driver-enumerator.service \
    nut-driver-enumerator.path nut.target getty@tty1.service serial-getty@ttyS0.service systemd-networkd-wait-online.service \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer systemd-firstboot.service \
    systemd-machine-id-commit.service systemd-growfs-root.service systemd-remount-fs.service systemd-repart.service
systemctl -q set-default multi-user.target
passwd -q -l root
update-initramfs -c -k all
" >&2 || fail "$(words '无法配置映像的系统。' 'The system of the image could not be configured.')"

# What a build leaves behind: mirrors' names, logs, caches, random numbers.
dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Package} ${Version}\n' >"$root$house/packages"
rm -rf --one-file-system "$root"/build "$root"/etc/apt/sources.list* "$root"/var/lib/apt/lists/* "$root"/var/cache/* "$root"/var/log/* \
    "$root"/tmp/* "$root"/var/tmp/* "$root"/run/* "$root"/var/lib/systemd/random-seed "$root"/etc/apt/apt.conf.d/99mmdebstrap \
    "$root"/var/lib/dpkg/*-old "$root"/etc/*- "$root"/root/.cache "$root"/var/lib/systemd/catalog/database "$root"/boot/*.old
mkdir -p "$root"/var/log/journal "$root"/var/cache/ldconfig "$root"/etc/apt/sources.list.d
