#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Row 68: killed, stopped, and cut off in the middle of the writing. There is the whole bundle, or a core that can be
# finished, or one that is recognised as damaged.

load helpers
setup() {
    setup_crash
    HOME_DIR=$CRASHES/$(id -u)
}
teardown() { teardown_crash; }

# meet WHOM MICROSECONDS VERB...
meet() {
    local whom=$1 us=$2
    shift 2
    SAID=$(env CRUMPLE_DIR="$CRASHES" CRUMPLE_STDERR=off "${SHIM[@]}" LD_PRELOAD="$BUILD$LIBC/libcrumple.so" \
        "$T/killer" "$whom" "$us" "$VICTIM" "$@" 2>"$TMP/with.err")
    [[ $SAID == *" left=0" ]] || fail "$whom: $SAID"
}

whole() {
    zstd -q -t "$1" && tar --zstd -xOf "$1" report.json | gojq -e '.format == 1' >/dev/null
}

@test "SIGKILL at random moments: nothing half is taken for a bundle, nothing whole is lost [row 68]" {
    "$ROOT/tests/long/killed.sh" 25
}

@test "SIGSTOP and SIGCONT of the writer, the helper, the victim and all of them lose nothing [row 68]" {
    local whom us
    for whom in stop-writer stop-supervisor stop-helper stop-victim stop-group; do
        for us in 0 1500 4000; do
            rm -rf "$CRASHES"
            meet "$whom" "$us" parked 100
            [[ $SAID == *" signal=11 "* ]] || fail "$whom after $us: $SAID"
            want "bundles ($whom after $us)" 1 "$(count_files '*.tar.zst')"
            want "cores ($whom after $us)" 0 "$(count_files '*.core')"
            want "temporary files ($whom after $us)" 0 "$(count_files '*.tmp')"
            whole "$CRASHES"/*/*.tar.zst
        done
    done
}

@test "a writer that is stopped for good is replaced in time [row 68]" {
    SHIM=(CRUMPLE_TIMEOUT=3s CRUMPLE_WRITER="$BUILD/inject/crumple-writer")
    mkdir -p "$CRASHES"
    mkdir -m 700 "$HOME_DIR"
    echo 'report:stop' >"$HOME_DIR/crumple-inject"
    meet none 0 null-write
    [[ $SAID == *" signal=11 "* ]] || fail "$SAID"
    want "bundles" 1 "$(count_files '*.tar.zst')"
    tar --zstd -xOf "$CRASHES"/*/*.tar.zst report.json | gojq -e '.soft_errors == ["report: crumple-writer hung there; a short report.json"]'
}

@test "a writer that is killed once is replaced, and the bundle lacks nothing [row 68]" {
    local try whom hits=0 supervisors=0
    for try in {1..20}; do
        rm -rf "$CRASHES"
        whom=writer
        [ $((try % 4)) != 0 ] || whom=supervisor
        meet "$whom" $((try * 200)) parked 200
        [[ $SAID == *" signal=11 "* ]] || fail "$SAID"
        want "bundles" 1 "$(count_files '*.tar.zst')"
        want "cores" 0 "$(count_files '*.core')"
        whole "$CRASHES"/*/*.tar.zst
        [[ $SAID == hit=0* ]] || [ "$whom" = supervisor ] || hits=$((hits + 1))
        [[ $SAID == hit=0* ]] || [ "$whom" = writer ] || supervisors=$((supervisors + 1))
        tar --zstd -xOf "$CRASHES"/*/*.tar.zst report.json | gojq -e '.soft_errors == []'
    done
    echo "killed $hits times, its supervisor $supervisors times"
    [ "$hits" -gt 0 ]
    [ "$supervisors" -gt 0 ]
}

@test "a writer that is killed between the line in the index and the core's end: one line, one bundle [row 68]" {
    cat >writer <<EOF
#!/bin/sh
for core; do :; done
if [ ! -e "$TMP/was-killed" ]; then
    cp "\$core" "$TMP/copy"
    "$BUILD/crumple-writer" --stderr=off "\$core"
    mv "$TMP/copy" "\$core"
    : >"$TMP/was-killed"
    kill -KILL \$\$
fi
exec "$BUILD/crumple-writer" "\$@"
EOF
    chmod 755 writer
    SHIM=(CRUMPLE_WRITER="$TMP/writer")
    crash null-write
    [ -e was-killed ]
    want "lines of the index" 1 "$(wc -l <"$CRASHES/$(id -u)/crashes.ndjson")"
    want "bundles" 1 "$(count_files '*.tar.zst')"
}

@test "a bundle cut off anywhere, as by a power cut: it is called damaged, or its report is whole [row 68]" {
    local size cut bundle i
    meet none 0 parked 50
    mv "$HOME_DIR"/*.tar.zst whole.tar.zst
    bundle=$HOME_DIR/20260101T000000.000001Z-victim-7.tar.zst
    size=$(stat -c %s whole.tar.zst)
    for i in {1..40}; do
        cut=$((size * i / 41 + RANDOM % 50))
        [ "$i" != 1 ] || cut=0
        [ "$i" != 2 ] || cut=5
        head -c "$cut" whole.tar.zst >"$bundle"
        run "$BUILD/crumple" show --core="$TMP/out.core" "$bundle"
        rm -f "$TMP/out.core"
        [ "$status" = 3 ] || fail "$cut of $size: status $status: $output"
        [[ $output == *"is damaged: "* ]] || fail "$cut of $size: $output"
        run "$BUILD/crumple" show "$bundle"
        [ "$status" = 0 ] || [[ $output == *"is damaged: "* ]] || fail "$cut of $size: $output"
        run "$BUILD/crumple" list --table "$CRASHES"
        [ "$status" -le 3 ] || fail "list: $status: $output"
    done
}

@test "a core cut off anywhere: collect says why, leaves it, and comes to an end [row 68]" {
    local size cut core i bundles
    SHIM=(CRUMPLE_WRITER="$T/crashing_writer")
    meet none 0 parked 50
    mv "$HOME_DIR"/*.core whole.core
    core=$HOME_DIR/20260101T000000.000001Z-victim-7.core
    size=$(stat -c %s whole.core)
    for i in {1..25}; do
        cut=$((size * i / 26 + RANDOM % 50))
        [ "$i" != 1 ] || cut=0
        [ "$i" != 2 ] || cut=5
        rm -f "$HOME_DIR"/2*
        head -c "$cut" whole.core >"$core"
        run timeout 60 "$BUILD/crumple" collect --force "$CRASHES"
        bundles=$(count_files '*.tar.zst')
        want "core or bundle, cut at $cut" 1 $((bundles + $(count_files '*.core')))
        if [ "$bundles" = 1 ]; then
            whole "$HOME_DIR"/*.tar.zst
        else
            [ "$status" = 3 ] || fail "$cut of $size: status $status: $output"
            [[ $output == *"cannot finish "*"is not a crumple core: "*"left in place"* ]] || fail "$cut: $output"
        fi
        want "temporary files" 0 "$(count_files '*.tmp')"
    done
}

@test "a torn line of the index is passed over, and the next one begins a line of its own [row 68]" {
    meet none 0 null-write
    printf '{"event":"crash","signature":"SIGS' >>"$HOME_DIR/crashes.ndjson"
    want "listed" 1 "$("$BUILD/crumple" list --table --no-legend "$CRASHES" | wc -l)"
    "$BUILD/crumple" group --json "$CRASHES" | gojq -e '.count == 1'
    meet none 0 null-write
    want "whole lines" 2 "$(gojq -cR 'fromjson? | select(.event == "crash")' "$HOME_DIR/crashes.ndjson" | wc -l)"
    "$BUILD/crumple" group --json "$CRASHES" | gojq -e '.count == 2'
}

@test "a later crash sweeps what a killed writer left, but not while a writer is at work [row 57]" {
    local left
    mkdir -p "$CRASHES"
    mkdir -m 700 "$HOME_DIR"
    for left in .20260101T000000.000001Z-x-1.tar.zst.tmp .20260101T000000.000002Z-x-2.core.tmp; do
        echo half >"$HOME_DIR/$left"
    done
    meet none 0 null-write
    want "young ones" 2 "$(count_files '.*.tmp')"
    touch -d '11 minutes ago' "$HOME_DIR"/.2*.tmp
    echo at-work >"$HOME_DIR/20260101T000000.000001Z-x-1.core"
    exec 7<"$HOME_DIR/20260101T000000.000001Z-x-1.core"
    flock -n 7
    meet none 0 null-write
    want "that of the writer at work" .20260101T000000.000001Z-x-1.tar.zst.tmp \
        "$(find "$HOME_DIR" -name '.2*.tmp' -printf '%f\n')"
    exec 7<&-
    meet none 0 null-write
    want "old ones" 0 "$(count_files '.2*.tmp')"
}
