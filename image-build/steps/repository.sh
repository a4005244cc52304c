# shellcheck shell=bash
# Debian from packages that were fetched before, each known by its hash: the same in, the same out.

index() { # repository list directory… : puts the packages of `list` into the repository, and writes down for apt what they are
    local repository=$1 list=$2 package number=0
    shift 2
    # Under names of ours: in theirs, apt would read %2b as a plus.
    for package in $(printf '%s/*.deb\n' "$@" | LC_ALL=C sort); do
        # shellcheck disable=SC2016 # dpkg's own
        grep -qxF "$(dpkg-deb -W --showformat '${Package} ${Version}' "$package")" "$list" || continue
        number=$((number + 1))
        ln -s "$package" "$repository/$number.deb"
        dpkg-deb -f "$package"
        printf 'Filename: ./%s.deb\nSize: %s\nSHA256: %s\n\n' "$number" "$(stat -c %s "$package")" "$(sha256sum <"$package" | cut -d' ' -f1)"
    done >"$repository/Packages"
}

debian() { # root list sentence directory… -- option… : makes the root of exactly the packages of `list`, found in the directories
    local root=$1 list=$2 sentence=$3 repository directories=()
    shift 3
    while [ "$1" != -- ]; do
        directories+=("$1")
        shift
    done
    shift
    repository=$(mktemp -d "$(dirname "$root")/repository.XXXXXX")
    chmod 755 "$repository"
    index "$repository" "$list" "${directories[@]}"
    printf 'Suite: trixie\nCodename: trixie\nArchitectures: amd64\nDate: %s\nSHA256:\n %s %s Packages\n' "$(LC_ALL=C date -uRd "@$SOURCE_DATE_EPOCH")" \
        "$(sha256sum <"$repository/Packages" | cut -d' ' -f1)" "$(stat -c %s "$repository/Packages")" >"$repository/Release"
    rm -rf --one-file-system "$root"
    mmdebstrap --variant=minbase --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "false"' \
        --aptopt='APT::Sandbox::User "root"' --aptopt='Acquire::Check-Valid-Until "false"' --include="$(cut -d' ' -f1 "$list" | paste -sd,)" \
        "$@" trixie "$root" "deb [trusted=yes] copy:$repository ./" >&2 || fail "$sentence"
    rm -r "$repository"
    # shellcheck disable=SC2016 # dpkg's own
    dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Package} ${Version}\n' | LC_ALL=C sort | diff - <(LC_ALL=C sort "$list") >&2 ||
        fail "$(words "安装的软件包与 packages.lock 不一致，请运行 'make image-lock'。" "What was installed is not what packages.lock says: run 'make image-lock'.")"
}
