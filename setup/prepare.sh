#!/usr/bin/env bash
# Installs what `make run`, `make test`, `make voice`, `make test-voice`, `make power-cuts`, `make image` or `make
# image-test` needs and is missing. Quick when nothing is.
# usage: setup/prepare.sh run|test|voice|test-voice|test-power|image|image-test
set -euo pipefail
cd "$(dirname "$0")/.."
purpose=${1:?usage: setup/prepare.sh run|test|voice|test-voice|test-power|image|image-test}
# shellcheck source=setup/words.sh
. setup/words.sh
log=build/setup.log
mkdir -p build
: >"$log"

say() { printf '  %s\n' "$*"; }
fail() {
    printf '\n%s\n%s\n' "$*" "$(words "（详情见 $log。）" "(The whole story is in $log.)")" >&2
    exit 1
}

missing_packages() {
    local list=(setup/packages.run)
    [[ "$purpose" = test* ]] && list+=(setup/packages.test)
    [[ "$purpose" = *voice || "$purpose" = image* ]] && list+=(setup/packages.voice)
    [ "$purpose" = test-power ] && list+=(setup/packages.power)
    [[ "$purpose" = image* ]] && list+=(setup/packages.image)
    [[ "$purpose" = image-test ]] && list+=(setup/packages.image-test)
    local package
    while read -r package; do
        [ "$package" = postgresql ] && have_postgresql && continue
        # A package of its own only since Debian 13.
        [ "$package" = systemd-repart ] && grep -q bookworm /etc/os-release && package=systemd
        [ "$package" = npm ] && command -v npm >>"$log" && continue
        dpkg-query -W -f '${Status}' "$package" 2>>"$log" | grep -q 'ok installed' || printf '%s\n' "$package"
    done < <(cat "${list[@]}")
}

have_postgresql() {
    command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -- "$@"
    else
        fail "$(words "缺少这些 Debian 软件包，而当前用户无权安装：${packages[*]}。请以 root 运行一次 'make $purpose'，或安装 sudo。" \
            "These Debian packages are missing and this user may not install them: ${packages[*]}. Run 'make $purpose' once as root, or install sudo.")"
    fi
}

install_packages() {
    mapfile -t packages < <(missing_packages)
    [ "${#packages[@]}" = 0 ] && return
    say "$(words "正在安装 Debian 软件包：${packages[*]}" "installing Debian packages: ${packages[*]}")"
    # A test machine needs PostgreSQL's programs, not a server that starts by itself.
    if [[ " ${packages[*]} " == *" postgresql "* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        as_root mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >>"$log"
    fi
    as_root apt-get update -q >>"$log" 2>&1 || fail "$(words "无法获取 Debian 软件包列表：网络是否正常？" "The list of Debian packages could not be fetched: is the network up?")"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        -o Dpkg::Options::=--force-confold "${packages[@]}" >>"$log" 2>&1 ||
        fail "$(words "Debian 无法安装 ${packages[*]}。" "Debian could not install ${packages[*]}.")"
}

installed() { # whether a lock's packages are
    [ -x .venv/bin/python ] && [ "$(cat ".venv/$1.done" 2>/dev/null)" = "$(cat "$1" <(python3 --version) | sha256sum)" ]
}

install_python() {
    local lock enough wanted
    # What suffices for the tests suffices for running.
    case "$purpose" in
        run) lock=requirements.lock enough="requirements-image.lock requirements-dev.lock requirements-voice.lock requirements-ears.lock" ;;
        image) lock=requirements-image.lock enough="requirements-dev.lock requirements-ears.lock" ;;
        test | test-power | image-test) lock=requirements-dev.lock enough=requirements-ears.lock ;;
        voice) lock=requirements-voice.lock enough=requirements-ears.lock ;;
        *) lock=requirements-ears.lock enough= ;;
    esac
    for enough in "$lock" $enough; do
        installed "$enough" && return
    done
    wanted=$(cat "$lock" <(python3 --version) | sha256sum)
    say "$(words "正在按 $lock 安装 Python 软件包" "installing Python packages from $lock")"
    [ -x .venv/bin/python ] || python3 -m venv .venv >>"$log" 2>&1 ||
        fail "$(words "Python 无法建立虚拟环境：是否已安装 python3-venv？" "Python could not make a virtual environment: is python3-venv installed?")"
    .venv/bin/python -m pip install -q --require-hashes --no-deps -r "$lock" >>"$log" 2>&1 ||
        fail "$(words "无法安装 $lock 中的 Python 软件包：网络是否正常？" "The Python packages of $lock could not be installed: is the network up?")"
    printf '%s' "$wanted" >".venv/$lock.done"
}

# HylaFAX's pager program, a TAP sender that is not ours. Only unpacked: installed it would bring a mail server along.
install_pagesend() {
    local kept=$PWD/build/hylafax
    [ -x "$kept/usr/lib/hylafax/bin/pagesend" ] && return
    say "$(words "正在解包 HylaFAX 的 pagesend" "unpacking HylaFAX's pagesend")"
    mkdir -p "$kept"
    apt-cache policy hylafax-server | grep -q 'Candidate: [0-9]' || as_root apt-get update -q >>"$log" 2>&1
    (cd "$kept" && apt-get download -q hylafax-server hylafax-client && for package in ./*.deb; do
        dpkg-deb -x "$package" . && rm "$package"
    done) >>"$log" 2>&1 || fail "$(words "无法获取软件包 hylafax-server 和 hylafax-client：网络是否正常？" "The packages hylafax-server and hylafax-client could not be fetched: is the network up?")"
}

# The upsd of Network UPS Tools with its simulated UPS. Only unpacked: installed it would bring units along that start.
install_nut() {
    local kept=$PWD/build/nut
    [ -x "$kept/lib/nut/dummy-ups" ] || [ -x "$kept/usr/lib/nut/dummy-ups" ] && return
    say "$(words "正在解包 Network UPS Tools" "unpacking Network UPS Tools")"
    mkdir -p "$kept"
    apt-cache policy nut-server | grep -q 'Candidate: [0-9]' || as_root apt-get update -q >>"$log" 2>&1
    mapfile -t libraries < <(apt-cache depends nut-server nut-client | sed -nE 's/.* Depends: (lib(upsclient|nutscan|wrap|ltdl)[0-9a-z-]*)$/\1/p' | sort -u)
    (cd "$kept" && apt-get download -q nut-server nut-client "${libraries[@]}" && for package in ./*.deb; do
        dpkg-deb -x "$package" . && rm "$package"
    done) >>"$log" 2>&1 || fail "$(words "无法获取软件包 nut-server 和 nut-client：网络是否正常？" "The packages nut-server and nut-client could not be fetched: is the network up?")"
}

# A kernel for the tests that start a small machine. Only unpacked: installed it would be this machine's own.
install_boot_kernel() {
    local kept=$PWD/build/boot-kernel module package
    [ -e "$kept/vmlinuz" ] && return
    say "$(words "正在解包测试启动用的 Linux 内核" "unpacking a Linux kernel for the tests of how the image starts")"
    mkdir -p "$kept/new"
    package=linux-image-cloud-amd64
    apt-cache depends "$package" 2>>"$log" | grep -q linux-image- || as_root apt-get update -q >>"$log" 2>&1
    package=$(apt-cache depends "$package" 2>>"$log" | sed -n 's/.*Depends: \(linux-image-[^ ]*\).*/\1/p' | head -n 1)
    (cd "$kept/new" && apt-get download -q "$package" && dpkg-deb -x ./*.deb .) >>"$log" 2>&1 ||
        fail "$(words "无法获取 Linux 内核软件包：网络是否正常？" "The package of a Linux kernel could not be fetched: is the network up?")"
    for module in virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk squashfs overlay; do
        find "$kept/new" -name "$module.ko*" -exec mv {} "$kept/" \;
    done
    if compgen -G "$kept/*.xz" >/dev/null; then xz -d "$kept"/*.xz; fi
    mv "$kept"/new/boot/vmlinuz-* "$kept/vmlinuz"
    rm -r "$kept/new"
}

install_voice() {
    local kept=build/voice why
    [ -e "$kept/kokoro.onnx" ] && return
    say "$(words "正在获取优质语音（约 150 MB），放入 $kept" "fetching the good voice (some 150 MB) into $kept")"
    why=$(setup/voice.sh "$kept" 3>&1 >>"$log" 2>&1) || fail "$why"
}

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>>"$log" ||
    fail "$(words "Nightbell 需要 Python 3.11 或更新版本；本机是 $(python3 --version 2>&1)。" "Nightbell needs Python 3.11 or newer; this machine has $(python3 --version 2>&1).")"
[ "$purpose" != test-voice ] || python3 -c 'import sys; sys.exit(sys.version_info >= (3, 13))' 2>>"$log" ||
    fail "$(words "判断中文语音的程序需要 Python 3.11 或 3.12；本机是 $(python3 --version 2>&1)。" "The judge of Chinese speech needs Python 3.11 or 3.12; this machine has $(python3 --version 2>&1).")"
install_packages
install_python
[ "$purpose" != test ] || install_pagesend
[ "$purpose" != test ] || install_nut
[ "$purpose" != test ] || install_boot_kernel
[[ "$purpose" != *voice ]] || install_voice
ln -sfn ../../nightbell .venv/bin/nightbell # for those who activate the environment
# The image brings an Asterisk of its own.
[[ "$purpose" = image* ]] || pbx/engine/fetch.sh build/asterisk "$log"
