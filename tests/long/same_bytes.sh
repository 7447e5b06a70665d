#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds everything from two folders and compares the bytes of what users get, man pages and completions too.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for folder in "$work/a" "$work/another/folder"; do
    mkdir -p "$folder"
    tar --exclude=./build --exclude=./.git -cf - . | tar -C "$folder" -xf -
    make -s -C "$folder" -j"$(nproc)" B=build all man
    "$folder/packaging/package.sh" >/dev/null
done
for built in libcrumple.so musl/libcrumple.so crumple-writer crumple crumple-drill crumple-run man/tables man/man1/crumple.1 man/man7/crumple.7 completion/crumple.bash package/SHA256SUMS; do
    cmp "$work/a/build/$built" "$work/another/folder/build/$built"
    echo "same_bytes: $built: $(sha256sum <"$work/a/build/$built" | cut -c1-16), from both folders"
done
