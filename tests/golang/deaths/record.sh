#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the program with Debian's Go and writes what the runtime prints into tests/golang/dumps: the texts of the unit tests. The
# texts are part of the repository, so that the tests need no Go; addresses and times differ each time.
# record.sh [WAY...]: only these.
set -euo pipefail
cd "$(dirname "$0")"
go=${GO:-/usr/lib/go-1.19/bin/go}
out=$(realpath ../dumps)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GOCACHE=${GOCACHE:-$work/cache} GOFLAGS=-mod=mod GOPROXY=off GOTRACEBACK=all

CGO_ENABLED=1 "$go" build -trimpath -o "$work/deaths" .
CGO_ENABLED=0 "$go" build -trimpath -o "$work/deaths-static" .
(cd module && CGO_ENABLED=1 "$go" build -trimpath -buildmode=plugin -o "$work/module.so" .)
(cd module && CGO_ENABLED=1 "$go" build -buildmode=plugin -o "$work/other.so" .)

# record WAY NAME ARGUMENT...
record() {
    local way=$1 name=$2 status=0
    shift 2
    [ "${#only[@]}" = 0 ] || [[ " ${only[*]} " == *" $name "* ]] || return 0
    timeout 20 "$@" "$way" "$module" >/dev/null 2>"$out/$name.txt" || status=$?
    echo "$name: status $status"
}

only=("$@") module=$work/module.so
for way in nil error stringer lines number struct bad-error nil-error repanic same-panic stack threads nested goexit-panic map-writes overflow huge index \
    locked two quit segv-sent c-write c-abort c-back plugin; do
    record "$way" "$way" "$work/deaths"
done
for way in goexit asleep; do
    record "$way" "$way" "$work/deaths-static"
done
GOTRACEBACK=crash record asleep asleep-crash "$work/deaths-static"
record read-only read-only "$work/deaths"
module=$work/other.so
record plugin plugin-mismatch "$work/deaths"
record memory memory prlimit --as=600000000 "$work/deaths"
