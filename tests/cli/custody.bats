#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # common.bash sets the names; programs have their own dollars
# Root works in a crash directory that another user owns. Each test is an attack, tried as that user.
load common

ATTACKER=12345
OTHER=23456

setup() {
    common_setup
    open_setup
    tests=${TEST_BUILD:-$root/build}/tests
    work=$(mktemp -d "$CRUMPLE_DIR/work.XXXXXX") # everybody may look here, and the writer may write
    chmod 0777 "$work"
    LOG=$work/log
    : >"$LOG"
    chmod 0666 "$LOG"
    own=$CRUMPLE_DIR/$ATTACKER
    install -d -m 0700 -o $ATTACKER -g $ATTACKER "$own"
}

# promtool, where Debian's prometheus is installed, takes the metrics on stdin.
promtool_agrees() {
    ! command -v promtool >/dev/null || promtool check metrics
}

# as_attacker COMMAND...
as_attacker() {
    setpriv --reuid=$ATTACKER --regid=$ATTACKER --clear-groups -- "$@"
}

# core PATH [OWNER]: a pending core that is a minute old
core() {
    echo good >"$1"
    chown "${2:-$ATTACKER}" "$1"
    touch -d '1 minute ago' "$1"
}

# A writer that notes who it is and what it got, and finishes its core.
make_writer() {
    printf '#!/bin/sh\nLOG=%q\n' "$LOG" >"$work/writer"
    cat >>"$work/writer" <<'EOF'
for word; do core=$word; done
read -r line <"$core"
read -r stat </proc/$$/stat
set -- ${stat##*) }
echo "uid=$(id -u) gid=$(id -G) session=$(($4 == $$)) tty=$5 read=$line"
tr '\0' '\n' </proc/$$/environ | sed 's/^/env=/'
sed -n 's/^NoNewPrivs:\t/nnp=/p; s/^CapBnd:.*//p' /proc/$$/status
for fd in /proc/$$/fd/*; do echo "fd=$(readlink "$fd")"; done
: >"${core%.core}.tar.zst" && rm "$core"
EOF
    sed -i '3,$s/^\(echo.*\|tr.*\|sed.*\|for fd.*\)$/\1 >>"$LOG" 2>\&1/' "$work/writer"
    chmod 0755 "$work/writer"
}

teardown() {
    [ -z "${opened:-}" ] || pkill -KILL -u $ATTACKER -f "$opened" || true # only ours: others may test as this user
    [ -z "${opened:-}" ] || rm -rf "$opened"
}

@test "collect by root: the writer is alone: session, terminal, environment, descriptors, rights" {
    make_writer
    core "$own/$a.core"
    exec 7<"$BATS_TEST_FILENAME"
    SECRET=of-root run -0 on_terminal 80 "$crumple" collect --writer "$work/writer"
    exec 7<&-
    cat "$LOG"
    grep -q "^uid=$ATTACKER gid=65534 session=1 tty=0 read=good$" "$LOG"
    grep -q '^nnp=1$' "$LOG"
    ! grep -q '^env=.*SECRET' "$LOG" || return 1
    # only what a shell sets for itself
    ! grep -vE '^env=$|^env=(PWD|OLDPWD|SHLVL|_)=' "$LOG" | grep -q '^env=' || return 1
    ! grep -E '^fd=' "$LOG" | grep -vE '^fd=(/dev/null|pipe:.*|/proc/[0-9]+/fd|.*/writer|.*/log)$' || return 1
}

@test "the real writer cannot be traced or read by its user" {
    local writer real
    real=$(dirname "$crumple")/crumple-writer
    mkfifo -m 0666 "$work/result"
    # It writes its result to a pipe that is full, and so stands still.
    cp "$real" "$work/crumple-writer"
    core "$own/$a.core"
    setpriv --reuid=$ATTACKER --regid=$ATTACKER --clear-groups -- bash -c 'exec 9<>"$1"; dd if=/dev/zero bs=65536 count=1 >&9 2>/dev/null
        cd "$2" && exec "$3" --sandbox --result-fd=9 "$4"' - "$work/result" "$own" "$work/crumple-writer" "$a.core" 3>&- &
    writer=$!
    for _ in $(seq 100); do
        [ "$(readlink /proc/$writer/exe)" = "$work/crumple-writer" ] && grep -q '^State:.*[SD]' /proc/$writer/status && break
        sleep 0.02
    done
    [ "$(readlink /proc/$writer/exe)" = "$work/crumple-writer" ]
    [ "$(stat -c %u /proc/$writer/mem)" -eq 0 ]
    ! as_attacker cat /proc/$writer/environ || return 1
    ! as_attacker head -c 1 /proc/$writer/mem || return 1
    kill -KILL $writer
}

@test "collect by root: a core of another user, and one of root's, in a user's directory" {
    make_writer
    core "$own/$a.core" $OTHER
    core "$own/$b.core" 0
    run -3 --separate-stderr "$crumple" collect --writer "$work/writer"
    [ ! -s "$LOG" ]
    [[ $stderr == *"cannot finish '$own/$a.core': it belongs to user $OTHER, not to the owner of its directory; it was left in place"* ]]
    [[ $stderr == *"cannot finish '$own/$b.core': it belongs to user 0, not"* ]]
}

@test "collect by root: a link named as a user id, and links and pipes as cores" {
    make_writer
    install -d -m 0700 "$work/of-root"
    core "$work/of-root/$a.core" 0
    chmod 0755 "$CRUMPLE_DIR"
    ln -s "$work/of-root" "$CRUMPLE_DIR/777"
    as_attacker ln -s "$work/of-root/$a.core" "$own/$b.core"
    as_attacker mkfifo "$own/$c.core"
    run -3 --separate-stderr timeout 20 "$crumple" collect --force --writer "$work/writer"
    [ ! -s "$LOG" ]
    [ -e "$work/of-root/$a.core" ]
    [[ $stderr == *"$CRUMPLE_DIR/777"* ]]
}

@test "collect by root: a directory in which others can replace files is refused, a sticky one is not" {
    make_writer
    for mode in 0777 0775; do
        core "$CRUMPLE_DIR/$a.core" 0
        chmod $mode "$CRUMPLE_DIR"
        run -3 --separate-stderr "$crumple" collect --writer "$work/writer"
        [[ $stderr == "crumple: will not collect in '$CRUMPLE_DIR': others can replace files in it (mode $mode): chmod go-w; nothing was changed, 1 pending" ]]
    done
    chmod 1777 "$CRUMPLE_DIR"
    core "$CRUMPLE_DIR/$b.core" $ATTACKER
    run -3 --separate-stderr "$crumple" collect --writer "$work/writer"
    [ "$output" = "$CRUMPLE_DIR/$a.tar.zst" ]
    [[ $stderr == *"$b.core': it belongs to user $ATTACKER"* ]]
    grep -q '^uid=0 ' "$LOG"
    ! grep -q "^uid=$ATTACKER" "$LOG" || return 1
}

@test "collect: somebody else's directory is refused to who is not root" {
    make_writer
    core "$own/$a.core"
    chmod 0755 "$own"
    chmod 0644 "$own/$a.core"
    run -3 --separate-stderr setpriv --reuid=$OTHER --clear-groups "$crumple" collect --writer "$work/writer" "$own"
    [[ $stderr == *"will not collect in '$own': it belongs to user $ATTACKER, run this as that user or as root; nothing was changed, 1 pending"* ]]
    run -0 setpriv --reuid=$ATTACKER --clear-groups "$crumple" collect --writer "$work/writer" "$own"
}

@test "collect: a writer that others can change is not run" {
    make_writer
    core "$own/$a.core"
    chmod 0757 "$work/writer"
    run -3 --separate-stderr "$crumple" collect --writer "$work/writer"
    [[ $stderr == "crumple: will not run '$work/writer': everyone can write to it: chmod o-w; nothing was changed, 1 pending" ]]
    chmod 0755 "$work/writer"
    chown $ATTACKER "$work/writer"
    run -3 --separate-stderr "$crumple" collect --writer "$work/writer"
    [[ $stderr == "crumple: will not run '$work/writer': it belongs to user $ATTACKER, who could replace it; "* ]]
    [ ! -s "$LOG" ]
}

@test "collect by root: a race for the core and for the directory is never won as root" {
    make_writer
    local base=$work/base i
    install -d -m 0755 -o $ATTACKER "$base"
    install -d -m 0755 "$work/of-root"
    core "$work/of-root/$a.core" 0
    as_attacker mkdir "$base/1"
    as_attacker ln -s "$work/of-root" "$base/2"
    as_attacker ln -s "$work/of-root/$a.core" "$base/$b.core"
    core "$base/$c.core"
    as_attacker "$tests/swapper" "${RACE_SECONDS:-2}" "$base/1" "$base/2" &
    local first=$!
    as_attacker "$tests/swapper" "${RACE_SECONDS:-2}" "$base/$b.core" "$base/$c.core" &
    for ((i = 0; i < 10000; i++)); do
        kill -0 $first 2>/dev/null || break
        core "$base/1/$a.core" 2>/dev/null || true
        core "$base/$c.core" 2>/dev/null || true
        chown -h $ATTACKER "$base"/*.core
        timeout 20 "$crumple" collect --force --writer "$work/writer" "$base" >/dev/null 2>&1 || true
        [ -e "$work/of-root/$a.core" ]
    done
    wait
    echo "$i rounds, $(grep -c ^uid= "$LOG") writers"
    ! grep '^uid=0 ' "$LOG" || return 1
}

@test "metrics by root: links, pipes, foreign files and forged samples are left out" {
    printf 'crumple_crashes_total{exe="r",signal="SIGSEGV",uid="0"} 3\n' >"$CRUMPLE_DIR/crumple.prom"
    cat >"$own/crumple.prom" <<EOF
# HELP crumple_crashes_total Forged.
# TYPE crumple_crashes_total gauge
crumple_crashes_total{exe="a",signal="SIGSEGV",uid="$ATTACKER"} 1
crumple_crashes_total{signal="SIGSEGV",exe="a",uid="$ATTACKER"} 2
crumple_crashes_total{exe="r",signal="SIGSEGV",uid="0"} 9
node_load1{uid="$ATTACKER"} 9
crumple_x{uid="$ATTACKER",uid="0"} 9
crumple_y{uid="$ATTACKER"} 9 1700000000
crumple_z{exe="$(printf '\033[31m')",uid="$ATTACKER"} 9
crumple_leaked_sockets{exe="q\"\\\\n",uid="$ATTACKER"} 4
crumple_no_end{uid="$ATTACKER"
EOF
    chown $ATTACKER "$own/crumple.prom"
    run -3 --separate-stderr "$crumple" metrics
    assert_clean "$output$stderr"
    [ "${lines[0]}" = "# HELP crumple_crashes_total See docs/metrics.md." ]
    mapfile -t lines < <(grep -v '^# HELP' <<<"$output")
    [ "${#lines[@]}" -eq 5 ]
    [ "${lines[0]}" = "# TYPE crumple_crashes_total counter" ]
    [[ ${lines[1]} == "crumple_crashes_total{exe=\"a\",signal=\"SIGSEGV\",uid=\"$ATTACKER\"} 1" || ${lines[1]} == *"} 2" ]]
    [ "${lines[2]}" = 'crumple_crashes_total{exe="r",signal="SIGSEGV",uid="0"} 3' ]
    [ "${lines[3]}" = "# TYPE crumple_leaked_sockets gauge" ]
    [[ $stderr == "crumple: '$own/crumple.prom': 6 lines are not samples of user $ATTACKER; they are left out" ]]
    promtool_agrees <<<"$output"
    ln -s /etc/shadow "$own/next" && chown -h $ATTACKER "$own/next" && mv "$own/next" "$own/crumple.prom"
    run -3 --separate-stderr "$crumple" metrics
    [[ $stderr == *"cannot read '$own/crumple.prom': it is not a regular file; its samples are left out" ]]
    [ "${#lines[@]}" -eq 3 ]
    rm "$own/crumple.prom" && as_attacker mkfifo "$own/crumple.prom"
    run -3 --separate-stderr timeout 10 "$crumple" metrics
    [[ $stderr == *"it is not a regular file"* ]]
    rm "$own/crumple.prom" && cp "$CRUMPLE_DIR/crumple.prom" "$own/"
    run -3 --separate-stderr "$crumple" metrics
    [[ $stderr == *"it belongs to user 0, not to the owner of its directory"* ]]
    rm "$own/crumple.prom" && head -c 2000000 /dev/zero >"$own/crumple.prom" && chown $ATTACKER "$own/crumple.prom"
    run -3 --separate-stderr "$crumple" metrics
    [[ $stderr == *"it is larger than 1 MiB"* ]]
    rm "$own/crumple.prom" "$CRUMPLE_DIR/crumple.prom"
    run -1 --separate-stderr "$crumple" metrics
    [ -z "$output$stderr" ]
}

@test "metrics by root: one wrong line never spoils the others, nor reaches a terminal" {
    printf 'crumple_%s{%suid="%s"} %s\n' a '' $ATTACKER . b '' $ATTACKER +-e c '' $ATTACKER 1e999 d '' $ATTACKER 1.2.3 \
        e '0x="1",' $ATTACKER 1 f '__name__="node_load1",' $ATTACKER 1 g "exe=\"$(printf '\u9b')31m\"," $ATTACKER 1 \
        h "exe=\"$(printf '\u202e')rev\"," $ATTACKER 1 i '' $ATTACKER 123456789012345678901 j '' $ATTACKER -5 \
        fine '' $ATTACKER 18446744073709551615 >"$own/crumple.prom"
    chown $ATTACKER "$own/crumple.prom"
    run -3 --separate-stderr "$crumple" metrics
    assert_clean "$output$stderr"
    [ "$(grep -v '^#' <<<"$output")" = "crumple_fine{uid=\"$ATTACKER\"} 18446744073709551615" ]
    promtool_agrees <<<"$output"
    [[ $stderr == *"10 lines are not samples"* ]]
}

@test "metrics by root: a user counts in the directory of that user's number only" {
    local other=$CRUMPLE_DIR/77
    install -d -m 0700 -o $ATTACKER "$other"
    echo "crumple_x{uid=\"$ATTACKER\"} 1" >"$other/crumple.prom"
    chown $ATTACKER "$other/crumple.prom"
    run -3 --separate-stderr "$crumple" metrics
    [ -z "$output" ]
    [[ $stderr == "crumple: cannot read '$other/crumple.prom': the directory belongs to user $ATTACKER, and its name is another number; its samples are left out" ]]
}

@test "list, show and collect by root: a lease of the owner, and a link to a file of the kernel, hold nobody up" {
    make_writer
    core "$own/$a.core"
    bundle "$ATTACKER/$b"
    chmod 0600 "$own/$a.core" "$own/$b.tar.zst"
    chown $ATTACKER "$own/$b.tar.zst"
    as_attacker perl -e 'for (@ARGV) { open(my $f, "+<", $_) or die; push @all, $f; fcntl($f, 1024, 1) or die "$!" }
        $SIG{IO} = "IGNORE"; print STDERR "leased\n"; sleep 60' "$own/$a.core" "$own/$b.tar.zst" 2>"$work/leases" 3>&- &
    for _ in $(seq 100); do
        grep -q leased "$work/leases" && break
        sleep 0.02
    done
    run -3 timeout 10 "$crumple" list --table "$CRUMPLE_DIR"
    run -3 timeout 10 "$crumple" show "$own/$b.tar.zst"
    [[ $output == *"cannot read '$own/$b.tar.zst': Resource temporarily unavailable"* ]]
    run -3 timeout 10 "$crumple" collect --writer "$work/writer"
    [ ! -s "$LOG" ]
    as_attacker ln -s /proc/kmsg "$own/$c.tar.zst"
    run -3 timeout 10 "$crumple" show "$own/$c.tar.zst"
    [[ $output == *"cannot read '$own/$c.tar.zst': not a regular file" ]]
}
