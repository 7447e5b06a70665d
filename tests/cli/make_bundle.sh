#!/bin/sh
# SPDX-License-Identifier: MIT
# make_bundle.sh DIR NAME [JQ-FILTER [CORE]]: write DIR/NAME.tar.zst as crumple-writer would, without a crash.
# NAME is YYYYMMDDThhmmss.uuuuuuZ-EXE-PID. JQ-FILTER changes the report. CORE: the file to use as the core.
# With RAW=FILE in the environment that file is report.json as it is; with NOCORE=1 there is no core.
set -eu
dir=$1 name=$2 filter=${3:-.} core=${4:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

stamp=${name%%-*} rest=${name#*-}
exe=${rest%-*} pid=${rest##*-}
time=$(printf '%s' "$stamp" | sed -E 's/^(....)(..)(..)T(..)(..)(..)/\1-\2-\3T\4:\5:\6/')

if [ -n "${RAW:-}" ]; then
    cp "$RAW" "$work/report.json"
else
    # jq and not gojq, which sorts members by their names: the order is part of the format.
    jq -n --arg id "$name" --arg time "$time" --arg exe "$exe" --argjson pid "$pid" '
    def frame($pc; $function; $binary; $trust): {
        pc: $pc, sp: "0x7ffe00001000", module: $binary, offset: "0x1139", build_id: "00112233445566778899",
        function: $function, function_offset: (if $function then "0x1c" else null end), trust: $trust };
    def worker($tid; $pc): {
        tid: $tid, name: "worker", crashed: false, also_faulted: false, state: "captured", reason: null,
        routine: "worker_main", truncated: false,
        frames: [frame($pc; "epoll_wait"; "/lib/libc.so.6"; "context"),
                 frame("0x401200"; "worker_main"; "/usr/sbin/\($exe)"; "cfi")] };
    {
        format: 1, crumple: "0.1.0", event: "crash", id: $id, time: $time,
        signature: "SIGSEGV | parse_header | handle_client", title: "SIGSEGV in parse_header (\($exe))",
        reason: null, exe: "/usr/sbin/\($exe)", cmdline: [$exe, "--port", "80"], hostname: "host.example",
        pid: $pid, ppid: 1, uid: 33, gid: 33, crashed_tid: ($pid + 1),
        signal: { number: 11, name: "SIGSEGV", code: 1, code_name: "SEGV_MAPERR", addr: "0x8", sent: false,
                  promoted: false, description: "read at 0x8, a null pointer" },
        threads: [
            { tid: ($pid + 1), name: "client", crashed: true, also_faulted: false, state: "captured", reason: null,
              routine: "handle_client", truncated: false, registers: { rip: "0x401139", rsp: "0x7ffe00001000" },
              frames: [frame("0x401139"; "parse_header"; "/usr/sbin/\($exe)"; "context"),
                       frame("0x401180"; "handle_client"; "/usr/sbin/\($exe)"; "cfi"),
                       frame("0x4011f0"; null; "/usr/lib/libplugin.so"; "scan")] },
            worker($pid + 2; "0x7f0000001000"), worker($pid + 3; "0x7f0000001000"), worker($pid; "0x7f0000002000"),
            { tid: ($pid + 9), name: "disk", crashed: false, also_faulted: false, state: "missing",
              reason: "uninterruptible", routine: null, truncated: false, frames: [] } ],
        modules: [
            { path: "/usr/sbin/\($exe)", base: "0x400000", end: "0x402000", build_id: "00112233445566778899",
              file: "ok" },
            { path: "/usr/lib/libplugin.so", base: "0x7f00000000", end: "0x7f00002000", build_id: null,
              file: "changed" } ],
        soft_errors: ["limits: permission denied"],
        timings_us: { stopped: 300, core: 1200, read: 100, unwound: 400, report: 900 }
    } | '"$filter" >"$work/report.json"
fi
printf 'text\n' >"$work/report.txt"
if [ -n "$core" ]; then cp "$core" "$work/core"; else printf '\177ELF sample core of %s\n' "$name" >"$work/core"; fi
printf '00400000-00402000 r-xp 00000000 00:00 0 /usr/sbin/%s\n' "$exe" >"$work/maps"

# report.json is alone in its own zstd frame: its part of the archive is the header and the data, padded to 512 bytes
cd "$work"
rest="report.txt core maps"
[ -z "${NOCORE:-}" ] || rest="report.txt maps"
tar --format=ustar --owner=0 --group=0 -b1 -cf first.tar report.json
size=$(stat -c %s report.json)
head -c $((512 + (size + 511) / 512 * 512)) first.tar >first
# shellcheck disable=SC2086 # a list of names
tar --format=ustar --owner=0 --group=0 -cf second $rest
zstd -q --check -c first >first.zst
zstd -q --check -c second >second.zst
mkdir -p "$dir"
cat first.zst second.zst >"$dir/$name.tar.zst.tmp"
chmod 0600 "$dir/$name.tar.zst.tmp"
mv "$dir/$name.tar.zst.tmp" "$dir/$name.tar.zst"
