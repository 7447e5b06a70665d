#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds redis and lighttpd from Debian's sources with musl-gcc, below the folder DIR: DIR/redis-server, DIR/redis-cli,
# DIR/redis-benchmark, DIR/lighttpd and its modules in DIR/modules. What is there is not built again. A minute; needs
# the network, dpkg-dev and musl-tools.
#
#   tests/musl/build_servers.sh DIR
set -euo pipefail
DIR=$1
MIRROR=http://deb.debian.org/debian

# A list of packages of its own: the system's may have no sources.
fetch_sources() {
    local apt=$DIR/apt
    mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$DIR/sources"
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $MIRROR bookworm main" >"$apt/sources.list"
    local options=(-qq -o "Dir::State=$apt" -o "Dir::Cache=$apt" -o "Dir::Etc::sourcelist=$apt/sources.list"
        -o Dir::Etc::sourceparts=/dev/null -o APT::Sandbox::User=root -o Acquire::Languages=none -o Debug::NoLocking=1)
    apt-get "${options[@]}" update
    (cd "$DIR/sources" && apt-get "${options[@]}" source redis lighttpd >/dev/null)
}

# musl-gcc finds musl's own headers alone: the kernel's come after them, and sys/queue.h, which includes nothing. Its
# link line lacks what Alpine's gcc has: the table of .eh_frame.
make_compiler() {
    local headers=$DIR/headers
    mkdir -p "$headers/sys"
    ln -sfn /usr/include/linux "$headers/linux"
    ln -sfn /usr/include/asm-generic "$headers/asm-generic"
    ln -sfn /usr/include/x86_64-linux-gnu/asm "$headers/asm"
    ln -sfn /usr/include/x86_64-linux-gnu/sys/queue.h "$headers/sys/queue.h"
    printf '#!/bin/sh\nexec musl-gcc "$@" -Wl,--eh-frame-hdr -idirafter %q\n' "$headers" >"$DIR/cc"
    chmod +x "$DIR/cc"
}

build_redis() {
    make -j"$(nproc)" -C "$DIR"/sources/redis-*/src CC="$DIR/cc" MALLOC=libc USE_SYSTEMD=no BUILD_TLS=no OPTIMIZATION=-O2 \
        redis-server redis-cli redis-benchmark
    ln -f "$DIR"/sources/redis-*/src/redis-{server,cli,benchmark} "$DIR/"
}

# Two of its modules are libraries that it opens; the others are in the program.
build_lighttpd() {
    local build=$DIR/lighttpd-build sources=("$DIR"/sources/lighttpd-*/)
    mkdir -p "$build" "$DIR/modules"
    (
        cd "$build"
        CC=$DIR/cc CFLAGS='-O2 -g' "${sources[0]}configure" --without-pcre2 --without-zlib --without-bzip2 \
            --without-zstd --without-brotli --without-libunwind --without-lua
        make -C src versionstamp
        make -j"$(nproc)" -C src lighttpd mod_status.la mod_dirlisting.la
    )
    cp "$build"/src/.libs/mod_*.so "$DIR/modules/"
    ln -f "$build/src/lighttpd" "$DIR/lighttpd"
}

mkdir -p "$DIR"
DIR=$(cd "$DIR" && pwd)
if [ -x "$DIR/lighttpd" ] && [ -x "$DIR/redis-server" ]; then
    exit 0
fi
exec 3>&2 >"$DIR/log" 2>&1
trap '[ $? = 0 ] || { echo "build_servers: failed; the end of $DIR/log:"; tail -n 20 "$DIR/log"; } >&3' EXIT
fetch_sources
make_compiler
build_redis
build_lighttpd
