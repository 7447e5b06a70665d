#!/bin/sh
# SPDX-License-Identifier: MIT
# update_help.sh [FILE]: write docs/cli.md (or FILE) anew with the help texts of $BUILD/crumple (default: build/).
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
crumple=${BUILD:-$root/build}/crumple
to=${1:-$root/docs/cli.md}
new=$(mktemp)
trap 'rm -f "$new"' EXIT

sed '/^<!-- help -->$/q' "$root/docs/cli.md" >"$new"
block() {
    printf '\n### %s\n\n```text\n' "$1"
    shift
    "$crumple" "$@"
    printf '```\n'
}
{
    block 'crumple' --help
    for verb in $("$crumple" --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
        block "crumple $verb" help "$verb"
    done
} >>"$new"
cat "$new" >"$to"
