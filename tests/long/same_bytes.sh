#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds libcrumple.so, crumple-writer, crumple and crumple-drill from two folders and compares the bytes.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for folder in "$work/a" "$work/another/folder"; do
    mkdir -p "$folder"
    cp -r Makefile hooks preload include readable sandbox share writer cli drill "$folder/"
    make -s -C "$folder" -j"$(nproc)" B=build
done
for built in libcrumple.so crumple-writer crumple crumple-drill; do
    cmp "$work/a/build/$built" "$work/another/folder/build/$built"
    echo "same_bytes: $built: $(sha256sum <"$work/a/build/$built" | cut -c1-16), from both folders"
done
