#!/bin/sh
# Writes the lock files: every package that pyproject.toml brings, pinned, without addresses.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

lock() { # lock EXTRA FILE
    "${PYTHON:-python3}" -m venv "$folder/$2"
    "$folder/$2/bin/python" -m pip install --quiet --disable-pip-version-check ".$1"
    {
        echo "# Written by \`make lock\`; do not edit."
        "$folder/$2/bin/python" -m pip list --format=freeze --disable-pip-version-check |
            grep -viE '^(seedbed|pip|setuptools|wheel)=='
    } > "requirements/$2"
}

lock "" run.lock
lock "[dev]" dev.lock
# What both need is pinned once: a version that only `dev.lock` had chosen would change on
# `make test` what `make run` had installed.
