# shellcheck shell=bash
# What every step begins with: how it ends in one sentence, and chroots that leave nothing mounted.
set -euo pipefail
umask 022 # whatever the builder's is
unset TMPDIR # an inherited one does not exist in the chroots
# shellcheck source=setup/words.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../setup/words.sh"

fail() { # the sentence goes to descriptor 3, which the caller shows; all else is in the step's log
    printf '%s\n' "$*" >&3
    exit 1
}

# The step runs in a mount namespace of its own: what is mounted here is gone with it, however it ends.
enter() { # root command…
    local root=$1
    shift
    mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
    mountpoint -q "$root/dev" || mount --rbind /dev "$root/dev"
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" TZ=UTC PYTHONHASHSEED=0 "${entered[@]}" chroot "$root" "$@"
}
# shellcheck disable=SC2034 # set by the steps, too
entered=() # more of the environment inside
