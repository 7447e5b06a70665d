#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The newcomer's machine: './build.sh demo' and './build.sh test' in a fresh Debian 12 that holds nothing but the
# essential packages and apt (debootstrap --variant=minbase), with an empty environment, as root. Prints what both print;
# the last line is the inner run's 'N passed, N failed'. Half an hour and 4 GB of disk, most of it for packages.
#
# The repository goes in as the last commit has it, without .git, as a downloaded archive would: the fresh system has no
# git. The root is a plain chroot: '/' is no mount point in it. Mounts and processes of the run live in namespaces of
# their own and end with it, however it ends.
#
#   tests/long/bare.sh [VERB...]    default: demo test; 'demo go' is one
#   BARE_CACHE=FILE                 a tar of the fresh system: used where it exists, else made
#   BARE_KEEP=1                     the root stays and is named
set -euo pipefail
SOURCE=/usr/src/crumple
# shellcheck source=tests/long/bare_root.bash
source "${BASH_SOURCE[0]%/*}/bare_root.bash"

# Inside the namespaces: what a newcomer would type.
inside() {
    local root=$1 verb words
    shift
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/dev/shm"
    for verb in "$@"; do
        echo "bare.sh: env -i ./build.sh $verb"
        read -ra words <<<"$verb"
        # shellcheck disable=SC2016
        env -i /usr/sbin/chroot "$root" /bin/sh -c 'cd "$1" && shift && exec ./build.sh "$@"' sh "$SOURCE" "${words[@]}" </dev/null
    done
}

# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    [ -z "$running" ] || { kill -KILL "$running" && wait "$running"; } 2>/dev/null || true
    if [ -n "${BARE_KEEP-}" ]; then
        echo "bare.sh: the root stays: $work/root" >&2
    else
        # The mounts were of a namespace that is gone; were one left, its files would not be touched.
        rm -rf --one-file-system "$work"
    fi
}

if [ "${1-}" = --inside ]; then
    shift
    inside "$@"
    exit
fi
[ "$(id -u)" = 0 ] || { echo "bare.sh: making a root needs root; nothing was run" >&2 && exit 1; }
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- demo test
running=''
work=$(mktemp -d "${TMPDIR:-/var/tmp}/crumple-bare-XXXXXX")
trap clean_up EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$work" # other users' programs are started in it
mkdir "$work/root"
fresh_root "$work/root" >"$work/debootstrap.log" 2>&1 || { tail -n 20 "$work/debootstrap.log" >&2 && exit 1; }
mkdir -p "$work/root$SOURCE"
git archive HEAD | tar -C "$work/root$SOURCE" -x
# The whole namespace dies with the first process, the mounts with the last. In the background: a trap would wait else.
unshare --mount --pid --fork --kill-child tests/long/bare.sh --inside "$work/root" "$@" &
running=$!
status=0
wait "$running" || status=$?
running=''
exit "$status"
