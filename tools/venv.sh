#!/bin/sh
# Makes .venv in the project's root and installs a hash-pinned lock into it.
#
#   sh tools/venv.sh runtime|dev
#
# Calling it again costs a few milliseconds: a stamp remembers lock, place and interpreter, by
# content, because a fresh clone has no useful file times. Nothing in here needs HOME, an absolute
# path without spaces, or a right beyond writing to this folder.
set -eu
cd "$(dirname "$0")/.."

kind=${1:-dev}
lock=requirements/$kind.txt
[ -f "$lock" ] || { echo "venv: there is no lock $lock" >&2; exit 2; }

fingerprint() {
    cat requirements/bootstrap.txt "$1" | cksum
}

# The first interpreter that is new enough and able to make an environment. Each is run, because a
# name may be a shim with nothing behind it.
find_python() {
    for candidate in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11 \
        /usr/bin/python3 /usr/local/bin/python3; do
        if "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
            2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "venv: needs Python 3.11 or newer with its venv module (Debian: python3-venv)" >&2
    return 1
}

# True if .venv was made here, with an interpreter that still runs. A moved environment has
# scripts that point to its old place, so it is made anew.
is_ours() {
    [ -f .venv/.made-in ] && [ "$(cat .venv/.made-in)" = "$(pwd -P)" ] &&
        .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

install_lock() {
    pip_install="-m pip install --quiet --disable-pip-version-check --require-hashes"
    # uv is some ten times as fast; where it cannot be had or cannot reach its index, pip,
    # which reads the machine's own configuration, does the same from the same lock.
    # shellcheck disable=SC2086
    if { .venv/bin/python -m uv --version >/dev/null 2>&1 ||
        .venv/bin/python $pip_install -r requirements/bootstrap.txt; } &&
        VIRTUAL_ENV="$(pwd -P)/.venv" .venv/bin/python -m uv pip install --quiet \
            --system-certs --compile-bytecode --require-hashes -r "$lock"; then
        return
    fi
    echo "venv: uv could not install $lock, trying pip" >&2
    # shellcheck disable=SC2086
    .venv/bin/python $pip_install -r "$lock"
}

if ! is_ours; then
    python=$(find_python)
    rm -rf .venv
    "$python" -m venv .venv
    pwd -P >.venv/.made-in
fi

# The development lock contains the runtime lock.
for stamp in ".venv/.stamp-$kind" .venv/.stamp-dev; do
    stamped=${stamp#.venv/.stamp-}
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint "requirements/$stamped.txt")" ]; then
        exit 0
    fi
done

# Both keep what they download. Without a home to keep it in, uv gets a place that lives and dies
# with the environment.
if [ -z "${UV_CACHE_DIR:-}" ] && { [ -z "${HOME:-}" ] || [ ! -w "${HOME:-}" ]; }; then
    export UV_CACHE_DIR=.venv/.uv-cache PIP_NO_CACHE_DIR=1
fi
echo "venv: installing $lock"
install_lock
fingerprint "$lock" >".venv/.stamp-$kind"
