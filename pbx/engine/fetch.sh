#!/usr/bin/env bash
# Unpacks Debian's Asterisk into a directory of its own; nothing of the system is changed, no rights are needed.
# usage: pbx/engine/fetch.sh DIRECTORY LOG       Quick when it is there already.
set -euo pipefail
directory=$(realpath -m "${1:?usage: fetch.sh DIRECTORY LOG}") # apt takes a relative path for one below /etc/apt
log=${2:?usage: fetch.sh DIRECTORY LOG}
# shellcheck source=setup/words.sh
. "$(dirname "$0")/../../setup/words.sh"
series=22. # long-term support; what we are tested with is in pbx/engine/program.py
suite=forky # the first Debian that has it
stamp=$directory/.nightbell
fresh=$directory.new

say() { printf '  %s\n' "$*"; }
fail() {
    rm -rf "$fresh" "$fresh.apt"
    printf '\n%s\n%s\n' "$*" "$(words "（详情见 $log。）" "(The whole story is in $log.)")" >&2
    exit 1
}

# The machine's own Debian mirror, as apt knows it; where apt has no lists yet, as its sources name it.
mirror() {
    local uri
    # shellcheck disable=SC2016 # apt fills the variable in
    uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 2>>"$log" | sed -n 1p)
    [ -n "$uri" ] || uri=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>>"$log" |
        grep -Ev '^[[:space:]]*#' | grep -Eo '(https?|file|mirror[+a-z]*)://?[^ ]+' | grep -v security | sed -n 1p)
    printf '%s' "$uri"
}

# An apt of our own, which knows of nothing installed, downloads Asterisk with all it stands on. Needs no rights.
fetch() {
    local apt=$fresh.apt keys=/usr/share/keyrings/debian-archive-keyring.gpg signed=''
    rm -rf "$apt"
    mkdir -p "$apt"/{state/lists/partial,cache/archives/partial,parts}
    : >"$apt/status"
    [ -e "$keys" ] && signed="[signed-by=$keys] "
    echo "deb $signed$1 $suite main" >"$apt/sources.list"
    # A mirror that is a snapshot has a Release file that has expired.
    local options=(-q -y -o "Dir::Etc::SourceList=$apt/sources.list" -o "Dir::Etc::SourceParts=$apt/parts"
        -o "Dir::State=$apt/state" -o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt/cache"
        -o "Acquire::Check-Valid-Until=false" -o "Acquire::Languages=none" -o "APT::Sandbox::User="
        -o "APT::Install-Recommends=false" -o "Debug::NoLocking=true")
    apt-get "${options[@]}" update >>"$log" 2>&1 &&
        apt-get "${options[@]}" install --download-only asterisk asterisk-modules asterisk-dahdi >>"$log" 2>&1
}

unpack() {
    local package
    for package in "$fresh.apt"/cache/archives/*.deb; do
        dpkg-deb -x "$package" "$fresh" >>"$log" 2>&1 || return 1
    done
    rm -rf "$fresh.apt"
}

version() { # of the Asterisk in directory $1, run through its own loader
    local libraries loader
    for loader in "$1"/usr/lib/*-linux-gnu/ld-linux-*.so.?; do
        libraries=$(dirname "$loader")
        "$loader" --library-path "$libraries" "$1/usr/sbin/asterisk" -V 2>>"$log" | sed -n 's/^Asterisk \([^ ]*\).*/\1/p'
        return
    done
}

[ -f "$stamp" ] && [[ "$(cat "$stamp")" == "$series"*+dahdi ]] && exit 0

from=$(mirror)
[ -n "$from" ] || fail "$(words "apt 没有可用来获取 Asterisk 的 Debian 镜像：/etc/apt/sources.list 中有吗？" "apt knows no Debian mirror to fetch Asterisk from: is there one in /etc/apt/sources.list?")"
say "$(words "正在从 Debian $suite 获取 Asterisk ${series%.}（约一分钟）" "fetching Asterisk ${series%.} from Debian $suite (about a minute)")"
rm -rf "$fresh"
mkdir -p "$fresh"
fetch "$from" || fail "$(words "无法从 Debian 获取 Asterisk：网络是否正常？" "Asterisk could not be fetched from Debian: is the network up?")"
unpack || fail "$(words "无法解包 Asterisk 软件包：磁盘是否已满？" "The packages of Asterisk could not be unpacked: is the disk full?")"
found=$(version "$fresh")
[[ "$found" == "$series"* ]] || fail "$(words "Debian $suite 的 Asterisk 是 ${found:-在本机无法运行的版本}；Nightbell 需要 ${series}x。" "Debian $suite has Asterisk ${found:-that does not run here}; Nightbell needs ${series}x.")"
printf '%s+dahdi\n' "$found" >"$fresh/.nightbell"
# One that runs from the old directory keeps what it has open, and one that starts meanwhile finds a whole one.
rm -rf "$directory.old"
[ ! -e "$directory" ] || mv "$directory" "$directory.old"
mv "$fresh" "$directory"
rm -rf "$directory.old"
say "$(words "Asterisk $found 已放在 $directory" "Asterisk $found is in $directory")"
