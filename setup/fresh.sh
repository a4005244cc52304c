#!/usr/bin/env bash
# Proves that a command works as the first and only one on a fresh Debian 12: makes a bare root (git, make, python3,
# python3-venv), clones HEAD into it and runs the command there, in namespaces of its own. Needs root and mmdebstrap.
# usage: setup/fresh.sh make run | setup/fresh.sh make test       (FRESH_BASE=file.tar keeps the bare root for next time)
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=setup/words.sh
. "$here/setup/words.sh"
[ "$(id -u)" = 0 ] || { words 'setup/fresh.sh 需要 root 权限。' 'setup/fresh.sh needs root.' >&2; exit 1; }
[ $# -gt 0 ] || { words '用法：setup/fresh.sh 命令…' 'usage: setup/fresh.sh COMMAND…' >&2; exit 2; }
base=${FRESH_BASE:-}
root=$(mktemp -d "${TMPDIR:-/var/tmp}/nightbell-fresh.XXXXXX")
trap 'rm -rf --one-file-system "$root"' EXIT

if [ -n "$base" ] && [ -e "$base" ]; then
    tar -C "$root" -xf "$base"
else
    # shellcheck disable=SC2016  # apt's own placeholders
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
    mmdebstrap --quiet --variant=apt --include=git,make,python3,python3-venv,ca-certificates bookworm "$root" "$mirror"
    [ -z "$base" ] || tar -C "$root" -cf "$base" .
fi
# How this machine reaches the network is not part of the proof.
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
git clone -q "$here" "$root/nightbell"

# shellcheck disable=SC2016  # expanded inside
exec_inside='
set -e
mount -t proc proc "$0/proc"
mount --rbind /dev "$0/dev"
mount --rbind /sys "$0/sys"
exec chroot "$0" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 \
    sh -c "cd /nightbell && exec \"\$@\"" sh "$@"
'
unshare --mount --pid --fork --kill-child bash -c "$exec_inside" "$root" "$@"
