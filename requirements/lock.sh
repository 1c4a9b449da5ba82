#!/bin/sh
# Writes the lock files: every package that pyproject.toml brings, pinned, without addresses.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

lock() { # lock FILE WHAT...
    file=$1
    shift
    "${PYTHON:-python3}" -m venv "$folder/$file"
    pip="$folder/$file/bin/python -m pip --disable-pip-version-check"
    $pip install --quiet "$@"
    {
        echo '# Written by "make lock" from pyproject.toml; do not edit.'
        $pip freeze --exclude seedbed
    } > "$folder/$file.new"
    mv "$folder/$file.new" "requirements/$file"
}

lock run.lock .
# Held to what `make run` installs, so that the tests try the very versions that serve.
lock dev.lock --constraint requirements/run.lock '.[dev]'
# What that extra adds; without the local part of a version, which says how torch was built.
lock diffusers.lock --constraint requirements/dev.lock '.[dev,diffusers]'
sed -E 's/\+[[:alnum:].]+$//' requirements/diffusers.lock | grep -vxFf requirements/dev.lock \
    > "$folder/diffusers.new" || true
{
    head -n 1 requirements/dev.lock
    cat "$folder/diffusers.new"
} > requirements/diffusers.lock
