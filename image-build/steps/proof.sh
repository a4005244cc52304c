#!/usr/bin/env bash
# Looks at what is to be shipped before it is: nothing of the builder inside, nothing secret, everything that is read can be.
# usage: proof.sh TOOLS ROOT OUT      environment: IMAGE_MIRROR IMAGE_SECURITY
# shellcheck source=image-build/steps/common.sh
. "$(dirname "$0")/common.sh"
tools=$1 root=$2 out=$3
here=$(cd "$(dirname "$0")/.." && pwd)
wrong=0
complain() {
    echo "WRONG: $*" >&2
    wrong=1
}
none() { # what… : nothing may be printed by the rest
    local what=$1 found
    shift
    found=$("$@" 2>/dev/null | head -n 5) || true
    [ -z "$found" ] || complain "$what: $found"
}
host() { printf '%s' "$1" | sed -E 's|^[a-z+]+://([^/:]+).*|\1|'; }

# Debian's own files may name Debian's own servers, such as in documentation; where packages come from is in etc and var.
for address in "$IMAGE_MIRROR" "$IMAGE_SECURITY"; do
    none "a mirror's name" grep -rIlF -- "$(host "$address")" "$root/etc" "$root/var" "$root/usr/lib/nightbell" "$root/usr/lib/nightbell-box"
done
none 'a private key' grep -rIlE -e '-----BEGIN ([A-Z]+ )?PRIVATE KEY' "$root/etc" "$root/var" "$root/root" "$root/home"
none 'a host key' find "$root/etc/ssh" -name 'ssh_host_*'
# shellcheck disable=SC2016 # awk's own
none 'a password hash' awk -F: '$2 ~ /\$/' "$root/etc/shadow"
none 'a log' find "$root/var/log" -type f
none 'a machine id' cat "$root/etc/machine-id"
none 'a build directory' find "$root/build" -maxdepth 0
none 'a random seed' find "$root/var/lib/systemd" -name random-seed
[ "$(stat -c %U:%G:%a "$root/etc/shadow")" = root:shadow:640 ] || complain "etc/shadow: $(stat -c %U:%G:%a "$root/etc/shadow")"
for file in vmlinuz initrd.img usr/bin/rauc usr/bin/openssl etc/nightbell/update-ca.pem usr/sbin/asterisk usr/lib/nightbell/.venv/bin/python; do
    [ -e "$root/$file" ] || [ -L "$root/$file" ] || complain "$file is missing"
done

# The programs of the image itself judge its files.
enter "$root" systemd-analyze verify --man=no --recursive-errors=no nightbell.service nightbell-setup.service \
    nightbell-watch.service nightbell-panel.service nightbell-good.service nightbell-disks.service nightbell-disks.timer \
    nightbell-task.service nightbell-task.target nightbell-usb@sdz1.service \
    nightbell-ups-driver.service nightbell-ups-server.service nightbell-ups-monitor.service \
    nightbell-firewall.service nightbell-firewall.path \
    nightbell-update.path nightbell-update.service \
    nightbell-network.path nightbell-network.service >&2 || complain 'a unit'
enter "$root" nft -c -f /etc/nftables.conf >&2 || complain 'the firewall'
for script in early erase-asked stick; do enter "$root" sh -n "/usr/lib/nightbell-box/$script" >&2 || complain "$script"; done
enter "$root" udevadm verify --no-style /usr/lib/udev/rules.d/71-nightbell-stick.rules /usr/lib/udev/rules.d/72-nightbell-serial.rules >&2 || complain 'a rule of udev'
for program in sfdisk mke2fs mtype lsblk grub-editenv; do enter "$root" sh -c "command -v $program" >&2 || complain "$program is missing"; done
enter "$root" sh -c 'cd /usr/lib/nightbell && .venv/bin/python -c "
import appliance.compose, appliance.box.disks, appliance.box.firewall, appliance.box.first_records, appliance.box.medium.__main__, appliance.box.network.job, appliance.box.network.keeping, appliance.box.panel, appliance.box.watch, appliance.box.trial, appliance.updating.job, tts.voice_worker
from appliance.demo import HOSPITAL
from appliance.foundation.config import parse
from appliance.plan import Plan
parse((HOSPITAL / \"plan.toml\").read_text(\"utf-8\"), Plan)
"' >&2 || complain 'the daemon cannot be loaded'
said=$(mktemp -d "$root/tmp/said.XXXXXX")
for voice in 'zf_xiaobei er4 shi2 ba1 chuang2 hu1 jiao4' 'af_heart bed twenty-eight is calling'; do
    rm -f "$said/out.wav"
    printf '{"text": "%s", "voice": "%s", "speed": 160, "out": "%s"}\n' "${voice#* }" "${voice%% *}" "${said#"$root"}/out.wav" |
        enter "$root" sh -c "cd /usr/lib/nightbell && .venv/bin/python -m tts.kokoro_engine ${said#"$root"} voice" >&2 || complain "the good voice: $voice"
    [ "$(stat -c %s "$said/out.wav" 2>/dev/null || echo 0)" -gt 40000 ] || complain "the good voice does not say: $voice"
done
rm -r "$said"
none 'what a program left that only spoke' find "$root/root" "$root/tmp" -mindepth 1 ! -name '.bashrc' ! -name '.profile' ! -name .ssh
contents=$(enter "$root" sh -c 'lsinitramfs /initrd.img')
enter "$root" sh -c 'find /usr/lib/modules -name "dm-verity.ko*" | grep -q .' || complain 'the kernel has no dm-verity'
for module in squashfs ahci nvme virtio_blk megaraid_sas vfat ext4 overlay scripts/local-bottom/nightbell scripts/local-premount/nightbell scripts/nightbell-root; do
    grep -q "$module" <<<"$contents" || complain "the initial RAM disk lacks $module"
done
mkdir -p "$tools/proof"
cp "$here"/disk/grub.cfg "$tools/proof/"
enter "$tools" grub-script-check /proof/grub.cfg >&2 || complain 'grub.cfg'
rm -r "$tools/proof"

[ "$wrong" = 0 ] || fail "$(words '映像中有不该有的内容，或缺少必需的内容。' 'Something is in the image that must not be, or is missing.')"
cp "$root/usr/lib/nightbell/packages" "$out/packages"
