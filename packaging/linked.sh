#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What is linked into the files of a build, by the linker's own maps: a line for each file and package,
#
#   FILE TAB PACKAGE TAB VERSION TAB SOURCE TAB VERSION OF THE SOURCE
#
# linked.sh [BUILD]. Packages are Debian's; a member of an archive that belongs to none is an error.
set -euo pipefail
export LC_ALL=C
build=$(realpath "${1:-$(dirname "$0")/../build}")
files=(libcrumple.so musl/libcrumple.so crumple-writer crumple crumple-drill crumple-run)

# archives MAP: of which members were taken, and startup objects; not our own, which a build with an absolute folder names
# as it names those. A library that is only loaded is no part of the file.
archives() {
    awk '/^(Discarded input sections|There are no discarded|Memory Configuration)/ { members = 0 }
        /^Archive member included/ { members = 1; next }
        members && /^\/.*\.a\(/ { sub(/\(.*/, ""); print }
        /^LOAD \/.*\.o$/ { print $2 }' "$1" | sort -u | xargs -r realpath |
        awk -v own="$build/" 'index($0, own) != 1'
}

# dpkg is asked twice, not for each: whose the archives are, and of which source and version those packages are.
pairs=$(for file in "${files[@]}"; do archives "$build/$file.map" | sed "s|^|$file\t|"; done)
owners=$(cut -f 2 <<<"$pairs" | sort -u | xargs dpkg-query -S | sed 's/: /\t/')
# shellcheck disable=SC2016 # fields of dpkg-query
cut -f 1 <<<"$owners" | sort -u | xargs dpkg-query -W -f '${binary:Package}\t${Package}\t${Version}\t${source:Package}\t${source:Version}\n' |
    awk -F '\t' '
        source == "" { about[$1] = $2 "\t" $3 "\t" $4 "\t" $5; next }
        source == "owners" { owner[$2] = $1; next }
        { line = $1 "\t" about[owner[$2]]; if (!seen[line]++) print line }' - source=owners <(echo "$owners") source=pairs <(echo "$pairs")
