#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The packages of this build, as a stranger uses them: the same bytes when they are made again, accepted by lintian;
# the .deb is installed in a fresh Debian 12, reports one crash there, and is removed without a trace; the archive is
# unpacked there, checked, and does the same. As root. BARE_CACHE: see bare_root.bash.
set -euo pipefail
# shellcheck source=tests/long/bare_root.bash
source "${BASH_SOURCE[0]%/*}/bare_root.bash"
cd "$(dirname "$0")/../.."

fail() {
    echo "package.sh: $*" >&2
    exit 1
}

# In the fresh system, with nothing but what it has: sh, kill, dpkg. The mount ends with the command.
in_root() {
    # shellcheck disable=SC2016 # for the inner shell
    unshare --mount sh -c 'mount -t proc proc "$0/proc" && exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin CRUMPLE_DIR=/crash chroot "$0" "$@"' "$root" "$@"
}

# crashes_by RUN CRUMPLE: a shell dies, the bundle is shown
crashes_by() {
    local status=0
    rm -rf "$root/crash"
    # shellcheck disable=SC2016 # for the inner shell
    in_root "$1" -- sh -c 'kill -SEGV $$' 2>"$work/err" || status=$?
    [ "$status" -eq 139 ] || fail "$1: status $status, not 139: $(cat "$work/err")"
    in_root sh -c "$(sed -n 's/^crumple: report: //p' "$work/err")" >"$work/shown" 2>&1 || fail "the command of the crash failed: $(cat "$work/err" "$work/shown")"
    grep -q SIGSEGV "$work/shown" || fail "the command of the crash shows no SIGSEGV: $(cat "$work/shown")"
    in_root "$2" show last | grep -q SIGSEGV || fail "$2 shows no SIGSEGV"
    in_root "$2" list --table /crash/0 | grep -q SIGSEGV || fail "$2 lists no SIGSEGV"
}

# survives COMMAND...: a server that runs meanwhile goes on, and dies as it would have
survives() {
    local server status=0
    rm -rf "$root/crash" "$root/go"
    # shellcheck disable=SC2016 # for the inner shell
    in_root crumple-run -- sh -c 'echo >/ready; while [ ! -e /go ]; do sleep 0.1; done; kill -SEGV $$' 2>"$work/err" &
    server=$!
    until [ -e "$root/ready" ]; do sleep 0.05; done
    "$@" >"$work/dpkg.log" 2>&1 || fail "$(cat "$work/dpkg.log")"
    touch "$root/go"
    wait "$server" || status=$?
    rm -f "$root/ready" "$root/go"
    [ "$status" -eq 139 ] || fail "during '$*': status $status, not 139: $(cat "$work/err")"
}

state() {
    (cd "$root" && find . -xdev -path ./proc -prune -o -path ./var/cache -prune -o -path ./var/lib/dpkg -prune -o -path ./var/log -prune -o -print) | sort
}

[ "$(id -u)" = 0 ] || fail "making a root needs root; nothing was run"
make -s -j"$(nproc)" all man
work=$(mktemp -d "${TMPDIR:-/var/tmp}/crumple-package-XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
root=$work/root
mkdir "$root"
chmod 755 "$work"

packaging/package.sh
cp build/package/SHA256SUMS "$work/first"
packaging/package.sh >/dev/null
cmp "$work/first" build/package/SHA256SUMS || fail "the packages of one build differ"
lintian --fail-on error,warning build/package/*.deb 2>"$work/lintian.err" || fail "lintian: $(cat "$work/lintian.err")"

fresh_root "$root" >"$work/debootstrap.log" 2>&1 || fail "$(tail -n 20 "$work/debootstrap.log")"
cp build/package/*.deb build/package/*.tar.gz build/package/SHA256SUMS build/package/sbom.spdx.json "$root/root/"
(cd "$root/root" && sha256sum -c --quiet SHA256SUMS)
before=$(state)
in_root dpkg -i "/root/$(cd build/package && echo crumple_*.deb)" >"$work/dpkg.log" 2>&1 || fail "$(cat "$work/dpkg.log")"
crashes_by crumple-run crumple
in_root dpkg -V crumple || fail "dpkg -V"
survives in_root dpkg -i "/root/$(cd build/package && echo crumple_*.deb)"
[ "$(find "$root/crash" -name '*.tar.zst' | wc -l)" -eq 1 ] || fail "no bundle after an update: $(cat "$work/err")"
survives in_root dpkg -P crumple
[ "$(find "$root/crash" -name '*.core' | wc -l)" -eq 1 ] || fail "no core after a removal: $(cat "$work/err")"
cat "$work/err"
rm -rf "$root/crash"
diff <(echo "$before") <(state) || fail "dpkg -P has left something"

in_root sh -c 'cd /root && tar -xzf crumple-*.tar.gz && cd crumple-*/ && sha256sum -c --quiet SHA256SUMS && ./crumple install /opt/crumple && ./install.sh install' >/dev/null
crashes_by /opt/crumple/crumple-run /opt/crumple/crumple
crashes_by /usr/local/bin/crumple-run /usr/local/bin/crumple
in_root sh -c 'cd /root/crumple-*/ && ./install.sh uninstall' >/dev/null
[ -z "$(find "$root/usr/local" -name '*crumple*')" ] || fail "install.sh uninstall has left something"
echo "package.sh: .deb and archive: installed, one crash each, removed; the same bytes twice"
