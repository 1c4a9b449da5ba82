#!/usr/bin/env bash
# Follows the README on a machine that holds nothing beyond python3, pip, venv and make: builds a
# minimal Debian root, puts a clean clone into it, and runs `make run`, a first picture and
# `make test` there. Needs root, git and debootstrap; leaves nothing behind.
#
#   BARE_ROOT_STEPS  what to run inside, one shell command (default: both commands of the README)
#   BARE_ROOT_BIND   more folders of this machine to show inside, such as local package folders
#   BARE_ROOT_LIMIT  seconds that the steps may take (default 1500)
#
# Debian's mirror is the one that apt uses here, and pip inside is set up as pip is here.
set -euo pipefail
cd "$(dirname "$0")/.."

STEPS=${BARE_ROOT_STEPS:-python3 bench/first_picture.py && make test}
LIMIT=${BARE_ROOT_LIMIT:-1500}
PACKAGES=python3,python3-pip,python3-venv,make,ca-certificates

# Pip's own settings, as `NAME=value` for the environment; a variable wins over a file.
pip_settings() {
    python3 - <<'PYTHON'
import ast, subprocess, sys

listed = subprocess.run(
    [sys.executable, "-m", "pip", "config", "list"], stdout=subprocess.PIPE, check=True, text=True
).stdout.splitlines()
for line in sorted(listed, key=lambda line: line.startswith(":env:")):
    key, _, value = line.partition("=")
    name = key.rpartition(".")[2].replace("-", "_").upper()
    print(f"PIP_{name}={' '.join(ast.literal_eval(value).split())}")
PYTHON
    env | grep -iE '^(https?|no)_proxy=' || true
}

# Files and folders of this machine that those settings name. A local index is its `simple`
# folder, whose pages point beside it.
pip_paths() {
    tr ' =' '\n\n' | sed -n -e 's#^file://\(/.*\)/simple/*$#\1#p' -e 's#^file://\(/.*\)#\1#p' \
        -e '/^\/[^/]/p'
}

bind() { # bind ROOT PATH: shows a path of this machine, read-only, at the same place inside
    [[ -e $2 && ! $1 -ef $2 ]] || return 0
    if [[ -d $2 ]]; then mkdir -p "$1$2"; else mkdir -p "$1$(dirname "$2")" && touch "$1$2"; fi
    mount --bind "$2" "$1$2"
    mount -o remount,bind,ro "$1$2"
}

inside() { # inside ROOT: in namespaces of its own, so that mounts and processes end with it
    local root=$1 settings path
    mapfile -t settings < <(pip_settings)
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    while read -r path; do bind "$root" "$path"; done < <(
        { printf '%s\n' "${settings[@]}" | pip_paths; tr ' ' '\n' <<< "${BARE_ROOT_BIND:-}"; } | sort -u
    )
    bind "$root" /etc/resolv.conf
    bind "$root" /etc/hosts
    timeout --foreground "$LIMIT" chroot "$root" \
        env -i --default-signal=INT,QUIT HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        "${settings[@]}" sh -euc "cd /seedbed; $STEPS"
}

target() { # target FIELD: what apt knows of the main archive
    apt-get indextargets --format "\$($1)" 'Created-By: Packages' 'Component: main' | head -n 1
}

build() { # build ROOT
    timeout 600 debootstrap --variant=minbase --include="$PACKAGES" \
        "$(target CODENAME)" "$1" "$(target SITE)" > "$1.log" 2>&1 || { tail "$1.log"; return 1; }
    git clone --quiet . "$1/seedbed"
}

clean_up() {
    [[ -z $child ]] || kill -KILL "$child" 2> /dev/null || true
    rm -rf --one-file-system "$root" "$root.log"
}

if [[ ${1:-} == --inside ]]; then
    inside "$2"
    exit
fi

root=$(mktemp -d)
child=
trap clean_up EXIT
trap 'exit 1' INT TERM

echo "Building a minimal Debian root with $PACKAGES"
build "$root"
unshare --mount --propagation private --pid --fork --kill-child \
    bench/bare_root.sh --inside "$root" &
child=$!
wait "$child"
child=
echo "All steps passed in a minimal root."
