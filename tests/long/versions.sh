#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Signatures over Debian's programs in the versions of three releases (tests/writer/corpus/versions.txt): each program
# runs in a root of its release, with that release's libc, and faults where it waits. Prints what is grouped otherwise
# than the table says, and two deaths of different places with one signature; then the figures.
#
#   tests/long/versions.sh [PROGRAM:PLACE...]   default: all
#   VERSIONS=DIR                                keeps the roots (default: build/versions)
#
# apt-get fetches and checks the packages: 700 MB the first time, 2 GB of disk. Needs root, unshare and 'make tests'.
set -euo pipefail
cd "$(dirname "$0")/../.."
CORPUS=tests/writer/corpus
SUITES=(bullseye bookworm trixie)
MIRROR=http://deb.debian.org/debian
export LC_ALL=C # the roots have no other locale
export BUILD=${BUILD:-$PWD/build}
export TEST_BUILD=${TEST_BUILD:-$BUILD} VERSIONS=${VERSIONS:-$BUILD/versions}

# A root of the release with the packages and what they depend on: unpacked, not installed.
make_root() {
    local suite=$1 root=$VERSIONS/$1 apt=$VERSIONS/apt-$1 folder archive
    mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$root"/{proc,dev,tmp}
    sed -n 's/^packages //p' "$CORPUS/versions.txt" | tr ' ' '\n' >"$apt/wanted"
    cmp -s "$apt/wanted" "$apt/unpacked" && return
    : >"$apt/status"
    echo "deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $MIRROR $suite main" >"$apt/sources.list"
    local options=(-qq -o "Dir::State=$apt" -o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt"
        -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
        -o Dir::Etc::preferencesparts=/dev/null -o APT::Install-Recommends=false -o APT::Sandbox::User=root
        -o Acquire::Languages=none -o Debug::NoLocking=1)
    apt-get "${options[@]}" update
    xargs apt-get "${options[@]}" install -y --download-only <"$apt/wanted"
    for folder in bin sbin lib lib64; do
        mkdir -p "$root/usr/$folder"
        ln -sfn "usr/$folder" "$root/$folder"
    done
    for archive in "$apt"/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$archive" | tar -x -C "$root" --keep-directory-symlink
    done
    cp /etc/passwd /etc/group "$root/etc/"
    cp "$apt/wanted" "$apt/unpacked"
}

deaths() {
    grep -E '^[ABC]{3} ' "$CORPUS/versions.txt" | awk '{print $2}'
}

# In namespaces of its own: what a server leaves behind ends with them.
run_all() {
    local results=$1 suite folder
    shift
    for suite in "${SUITES[@]}"; do
        mount -t proc proc "$VERSIONS/$suite/proc"
        mount --rbind /dev "$VERSIONS/$suite/dev"
        for folder in "$BUILD" "$results"; do
            mkdir -p "$VERSIONS/$suite$folder"
            mount --bind "$folder" "$VERSIONS/$suite$folder"
        done
        "$CORPUS/settings" "$VERSIONS/$suite/tmp/crumple"
    done
    for death in "$@"; do printf '%s\n' "${SUITES[@]/%/:$death}"; done |
        xargs -P 2 -I '{}' timeout -k 2 60 "$CORPUS/die" '{}' "$results"
}

signature() {
    cat "$results/$1.signature" 2>/dev/null
}

# grouping DEATH: AAA where all releases have one signature, ABC where each has its own, and so on.
grouping() {
    local -A letters=()
    local suite text out='' names=(A B C)
    for suite in "${SUITES[@]}"; do
        text=$(signature "$suite:$1")
        [ -n "$text" ] || { echo "none ($suite)" && return; }
        : "${letters[$text]:=${names[${#letters[@]}]}}"
        out+=${letters[$text]}
    done
    echo "$out"
}

compare() {
    local death expected got wrong=0 joined=0 split=0
    for death in "$@"; do
        expected=$(awk -v death="$death" '$2 == death && $1 ~ /^[ABC][ABC][ABC]$/ {print $1}' "$CORPUS/versions.txt")
        got=$(grouping "$death")
        if [ "$got" != "$expected" ]; then
            wrong=$((wrong + 1))
            echo "not ok  $death: $got, expected $expected"
            for suite in "${SUITES[@]}"; do echo "        $suite: $(signature "$suite:$death")"; done
            continue
        fi
        case $got in
        AAA) joined=$((joined + 2)) ;;
        ABC) split=$((split + 2)) ;;
        *) joined=$((joined + 1)) split=$((split + 1)) ;;
        esac
    done
    echo "$# deaths in ${#SUITES[@]} releases: $joined pairs of neighbouring versions joined, $split split as the table says, $wrong otherwise"
    strangers "$@" && [ "$wrong" = 0 ]
}

# Deaths of different places that have one signature, in whichever releases.
strangers() {
    local death suite place
    for death in "$@"; do
        place=$(awk -v death="$death" '$1 == "one" && $3 == death {print $2}' "$CORPUS/versions.txt")
        for suite in "${SUITES[@]}"; do
            printf '%s\t%s\n' "$(signature "$suite:$death")" "${place:-$death}"
        done
    done | sort -u | awk -F '\t' -v deaths=$# '
        $1 != "" && $1 == last { printf "not ok  joined: %s and %s: %s\n", place, $2, $1; wrong++ }
        { last = $1; place = $2 }
        END { printf "%d pairs of deaths in %d versions: %d joined wrongly\n", deaths * (deaths - 1) / 2, 3, wrong; exit wrong > 0 }'
}

if [ "${1-}" = --inside ]; then
    shift
    run_all "$@"
    exit
fi
[ $# -gt 0 ] || mapfile -t list < <(deaths)
[ $# -eq 0 ] || list=("$@")
for suite in "${SUITES[@]}"; do
    make_root "$suite"
done
results=$(mktemp -d)
chmod 755 "$results"
trap 'rm -rf "$results"' EXIT
unshare -m -p -n --fork --kill-child --mount-proc "$0" --inside "$results" "${list[@]}" >"$results/log" 2>&1 || true
compare "${list[@]}"
