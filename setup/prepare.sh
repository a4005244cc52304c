#!/usr/bin/env bash
# Installs what `make run` or `make test` needs and is missing. Quick when nothing is.
# usage: setup/prepare.sh run|test
set -euo pipefail
cd "$(dirname "$0")/.."
purpose=${1:?usage: setup/prepare.sh run|test}
log=build/setup.log
mkdir -p build
: >"$log"

say() { printf '  %s\n' "$*"; }
fail() {
    printf '\n%s\n(The whole story is in %s.)\n' "$*" "$log" >&2
    exit 1
}

missing_packages() {
    local list=(setup/packages.run)
    [ "$purpose" = test ] && list+=(setup/packages.test)
    local package
    while read -r package; do
        [ "$package" = postgresql ] && have_postgresql && continue
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
        fail "These Debian packages are missing and this user may not install them: ${packages[*]}. Run 'make $purpose' once as root, or install sudo."
    fi
}

install_packages() {
    mapfile -t packages < <(missing_packages)
    [ "${#packages[@]}" = 0 ] && return
    say "installing Debian packages: ${packages[*]}"
    # A test machine needs PostgreSQL's programs, not a server that starts by itself.
    if [[ " ${packages[*]} " == *" postgresql "* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        as_root mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >>"$log"
    fi
    as_root apt-get update -q >>"$log" 2>&1 || fail "The list of Debian packages could not be fetched: is the network up?"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        -o Dpkg::Options::=--force-confold "${packages[@]}" >>"$log" 2>&1 ||
        fail "Debian could not install ${packages[*]}."
}

install_python() {
    local lock=requirements.lock wanted
    [ "$purpose" = test ] && lock=requirements-dev.lock
    wanted=$(cat "$lock" <(python3 --version) | sha256sum)
    # What suffices for the tests suffices for running.
    if [ -x .venv/bin/python ]; then
        [ "$(cat ".venv/$lock.done" 2>/dev/null)" = "$wanted" ] && return
        if [ "$purpose" = run ] &&
            [ "$(cat .venv/requirements-dev.lock.done 2>/dev/null)" = "$(cat requirements-dev.lock <(python3 --version) | sha256sum)" ]; then
            return
        fi
    fi
    say "installing Python packages from $lock"
    [ -x .venv/bin/python ] || python3 -m venv .venv >>"$log" 2>&1 ||
        fail "Python could not make a virtual environment: is python3-venv installed?"
    .venv/bin/python -m pip install -q --require-hashes --no-deps -r "$lock" >>"$log" 2>&1 ||
        fail "The Python packages of $lock could not be installed: is the network up?"
    printf '%s' "$wanted" >".venv/$lock.done"
}

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>>"$log" ||
    fail "Nightbell needs Python 3.11 or newer; this machine has $(python3 --version 2>&1)."
install_packages
install_python
ln -sfn ../../nightbell .venv/bin/nightbell # for those who activate the environment
pbx/engine/fetch.sh build/asterisk "$log"
