#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The door: ./build.sh [build|demo|quick|test|asan|long|bench|lint|format|compile_commands|install|package|clean] [ARGS]
# Installs what is missing through the system's package manager, builds with make, then runs the verb.
set -euo pipefail
cd "$(dirname "$0")"
# Where the caller's environment has no PATH, bash has one of its own; what bash starts needs it, too.
export PATH

BUILD_PACKAGES=(gcc g++ make binutils musl-tools libunwind-dev libzstd-dev libelf-dev libdw-dev liblzma-dev libbz2-dev zlib1g-dev
    libarchive-dev libjansson-dev libiberty-dev)
# What the quick tests need beside: no runtimes, no servers, no second compiler.
QUICK_PACKAGES=("${BUILD_PACKAGES[@]}" check bats gojq jq zstd gdb file util-linux procps python3-minimal)
LINT_PACKAGES=("${BUILD_PACKAGES[@]}" shellcheck cppcheck clang-format git)
DEMO_PACKAGES=(redis-server redis-tools zstd)
# Runtimes that own their signals (tests/runtimes). Megabytes to fetch where nothing of it is there: the JDK 120, Go 81,
# Rust 55, Node.js 25, PostgreSQL 19; the installation takes half a minute.
RUNTIME_PACKAGES=(openjdk-17-jdk-headless golang-go rustc nodejs perl postgresql-15 libpython3-stdlib)
TEST_PACKAGES=("${DEMO_PACKAGES[@]}" "${RUNTIME_PACKAGES[@]}" clang openssl gdb elfutils check bats gojq jq zstd memcached coturn icecast2 tinyproxy haproxy dnsmasq-base nginx-light mosquitto gunicorn varnish libbackward-cpp-dev python3-minimal
    curl libjemalloc2 libtcmalloc-minimal4 shellcheck cppcheck clang-format file strace xz-utils util-linux procps llvm debuginfod dwz libclang-rt-dev linux-perf
    libpython3-stdlib prometheus valgrind tini libgoogle-glog-dev libglib2.0-tests libpython3.11-testsuite etcd-server influxdb busybox-static apache2 mariadb-server python3-yaml systemd mandoc lintian chromium)
BENCH_PACKAGES=("${TEST_PACKAGES[@]}")

# What the drills and senders.py run.
LONG_PACKAGES=("${TEST_PACKAGES[@]}" stunnel4 python3 dpkg-dev privoxy tinyproxy-bin nbdkit rrdcached rrdtool atftpd icecast2
    mariadb-server apache2 exim4-daemon-light unbound squid bzflag-server lintian)

usage() {
    cat <<'TEXT'
./build.sh            build everything into build/
./build.sh demo       crash a real redis-server and look at the bundle
./build.sh demo go    a panic in one match of a Go server like Nakama, without and with crumple-run
./build.sh demo arena crash threads of a game server: only the culprit is disconnected
./build.sh demo restart  five crashes of redis-server: who is refused, without and with crumple-run
./build.sh quick      units, gates, the command, plain faults: a minute or so once built, and few packages
./build.sh test       build and run every test; the last line is 'N passed, N failed'
./build.sh asan       build and run only what is compiled with sanitizers: unit tests, tests of the command line
./build.sh long       the long campaigns: drills, storms, all recovery cases, 1,000 simultaneous faults; an hour
./build.sh bench      the figures: capture and bundle times beside gdb, gcore and eu-stack
./build.sh lint       formatting, shellcheck, cppcheck, warnings; 'test' does the first three
./build.sh format     reformat the sources in place
./build.sh compile_commands  write compile_commands.json: for clangd how each file is compiled
./build.sh install [--prefix=/usr/local]   programs, man pages, completions; replaces by rename; 'uninstall' removes them
./build.sh package    a .deb, an archive and an SBOM, in build/package/
./build.sh clean      remove build/
TEXT
}

# Installs the named Debian packages that are missing. Other systems are told what to install.
need() {
    local missing=() p
    for p in "$@"; do
        dpkg-query -W -f='${Status}\n' "$p" 2>/dev/null | grep -q '^install ok installed' || missing+=("$p")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    if ! command -v apt-get >/dev/null; then
        echo "build.sh: please install the equivalents of: ${missing[*]}" >&2
        return 1
    fi
    local as=()
    [ "$(id -u)" -eq 0 ] || as=(sudo)
    echo "build.sh: installing ${missing[*]}" >&2
    # RUNLEVEL=1 keeps the package scripts from starting the servers.
    "${as[@]}" apt-get update -qq >&2
    "${as[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends \
        "${missing[@]}" >&2
}

build() {
    need "${BUILD_PACKAGES[@]}"
    make -s -j"$(nproc)" WERROR="${WERROR-}" all
}

verb=${1:-build}
[ $# -gt 0 ] && shift
case $verb in
build) build ;;
demo)
    case ${1-} in
    arena) ;;
    go) need golang-go zstd ;;
    *) need "${DEMO_PACKAGES[@]}" ;;
    esac
    build
    case ${1-} in
    go) make -s -f tests/golang/standin.mk B=build standin ;;
    restart) make -s build/tests/restart_clients ;;
    *) make -s arena ;;
    esac
    exec demo/run "$@"
    ;;
quick)
    need "${QUICK_PACKAGES[@]}"
    WERROR=-Werror build
    exec tests/run ^tests/unit/ '^tests/gates/[^l]' ^tests/cli/ ^tests/crash/faults
    ;;
test)
    need "${TEST_PACKAGES[@]}"
    WERROR=-Werror build
    exec tests/run "$@"
    ;;
asan)
    need "${QUICK_PACKAGES[@]}"
    WERROR=-Werror build
    exec tests/run tests/unit sanitized: "$@"
    ;;
long)
    need "${LONG_PACKAGES[@]}"
    WERROR=-Werror build
    make -s B="$PWD/build" tests arena # as tests/run names it: the lists of dependencies are by name
    failed=()
    for campaign in tests/long/*.sh tests/long/senders.py; do
        "$campaign" "$@" || failed+=("$campaign")
    done
    [ "${#failed[@]}" -eq 0 ] || {
        echo "build.sh: these campaigns failed: ${failed[*]}" >&2
        exit 1
    }
    ;;
bench)
    need "${BENCH_PACKAGES[@]}"
    build
    exec bench/run "$@"
    ;;
lint)
    need "${LINT_PACKAGES[@]}"
    exec tests/gates/lint "$@"
    ;;
format)
    git ls-files '*.c' '*.h' '*.cpp' '*.js' | xargs clang-format -i
    ;;
compile_commands) make -s compile_commands.json ;;
install)
    build
    make -s man
    exec packaging/install.sh install "$@"
    ;;
uninstall) exec packaging/install.sh uninstall "$@" ;;
package)
    build
    make -s man
    exec packaging/package.sh
    ;;
clean) make -s clean ;;
-h | --help | help) usage ;;
*)
    usage >&2
    exit 2
    ;;
esac
