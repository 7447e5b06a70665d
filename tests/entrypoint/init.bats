#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# crumple-run as an init: tini's documented behaviour, point by point, with tini beside it where both do the same.

# shellcheck disable=SC2016 # scripts for other shells
load helpers

# both OPTION... -- COMMAND...: tini and crumple-run end with the same status and print the same.
both() {
    local tini run
    tini=0
    tini -s "$@" >"$TMP/tini.out" 2>"$TMP/tini.err" || tini=$?
    run=0
    "$RUN" --no-preload -s "$@" >"$TMP/run.out" 2>"$TMP/run.err" || run=$?
    want "the status of $*" "$tini" "$run"
    cmp "$TMP/tini.out" "$TMP/run.out"
}

# as_pid_1 COMMAND...: in a PID namespace of its own, with the /proc of it
as_pid_1() {
    unshare --pid --fork --mount-proc --kill-child "$@"
}

@test "a status passes through" {
    local status
    for status in 0 1 7 126 127 128 255; do
        both -- sh -c "exit $status"
    done
}

@test "an end by a signal is 128 and its number" {
    local signo
    for signo in 1 2 3 6 9 11 13 15 24 31 34 64; do
        both -- bash -c "kill -$signo \$\$; sleep 5"
    done
}

@test "with --exit-by-signal the end is the server's own signal" {
    local signo
    for signo in 6 9 11 15 34; do
        "$T/runner" -o "$TMP/status" "$RUN" --no-preload --exit-by-signal -- bash -c "kill -$signo \$\$; sleep 5"
        want "the signal" "$signo" "$(how_ended "$TMP/status" signal)"
    done
    # PID 1 cannot: the kernel drops what it sends to itself.
    local status=0
    as_pid_1 "$RUN" --no-preload --exit-by-signal -- sh -c 'kill -TERM $$' || status=$?
    want "the status of PID 1" 143 "$status"
}

@test "a command that is not found is 127, one that cannot be executed 126" {
    both -- /nonexistent/server
    both -- nonexistent-server
    touch "$TMP/not-executable"
    both -- "$TMP/not-executable"
    both -- "$TMP"
    "$RUN" -- "$TMP/not-executable/below" 2>"$TMP/err" || want "the status" 127 "$?"
    grep -q '^crumple: .*below.* cannot be started: Not a directory' "$TMP/err"
    printf '#!/nonexistent/interpreter\n' >"$TMP/script"
    chmod +x "$TMP/script"
    both -- "$TMP/script"
}

@test "a script without an interpreter's line is the shell's" {
    printf 'echo "$0 $*"\nexit 3\n' >"$TMP/script"
    chmod +x "$TMP/script"
    both -- "$TMP/script" one 'two  three'
    PATH=$TMP:$PATH both -- script
    : >"$TMP/script"
    both -- "$TMP/script"
}

@test "-e makes 0 of a status" {
    both -e 143 -- bash -c 'kill $$; sleep 5'
    both -e 7 -e 8 -- sh -c 'exit 8'
    both -e 7 -- sh -c 'exit 8'
    both -e 255 -- sh -c 'exit 255'
}

@test "every signal that can be held is sent on, each once and in order" {
    local signo expected=ready pid
    "$RUN" --no-preload -- "$ROOT/tests/entrypoint/signals_seen.py" >"$TMP/seen" 2>"$TMP/err" &
    pid=$!
    line_within "$TMP/seen" ready
    # Not SIGKILL and SIGSTOP, which nobody can hold; SIGCHLD, which is this process's own; 32 and 33, which Python cannot hold.
    for signo in {1..8} {10..14} 16 18 {20..31} {34..64} 15; do
        kill -"$signo" "$pid"
        line_within "$TMP/seen" "$signo"
        expected+=" $signo"
    done
    wait "$pid"
    want "what the server saw" "$expected" "$(tr '\n' ' ' <"$TMP/seen" | sed 's/ $//')"
    want "what crumple-run said" "" "$(cat "$TMP/err")"
}

@test "the two signals of the C library end the server, not crumple-run alone" {
    python3 - "$RUN" <<'END'
import os, subprocess, sys, time
for signo in 32, 33:
    run = subprocess.Popen([sys.argv[1], "--no-preload", "--", "sleep", "5"], stderr=subprocess.DEVNULL)
    while not open(f"/proc/{run.pid}/task/{run.pid}/children").read(): time.sleep(0.01)
    time.sleep(0.1)
    os.kill(run.pid, signo)
    assert run.wait() == 128 + signo, run.returncode
END
}

@test "signals without end do not hide the end of the server" {
    "$RUN" --no-preload -- bash -c 'trap "" USR1; exec 2>/dev/null
        for i in 1 2; do (while kill -USR1 $PPID; do :; done) & done; sleep 0.5; exit 3' || want "status" 3 $?
}

@test "as PID 1 too, from inside and from outside the namespace" {
    local shell_pid pid signo
    as_pid_1 "$RUN" --no-preload -- "$ROOT/tests/entrypoint/signals_seen.py" >"$TMP/seen" 2>"$TMP/err" </dev/null &
    shell_pid=$!
    line_within "$TMP/seen" ready
    pid=$(pgrep --parent "$(pgrep --parent "$shell_pid")")
    for signo in 1 3 6 10 11 12 34 64; do
        kill -"$signo" "$pid"
        line_within "$TMP/seen" "$signo"
    done
    nsenter --target "$pid" --pid kill -s QUIT 1
    nsenter --target "$pid" --pid kill -s TERM 1 || true # it dies with its namespace
    wait "$shell_pid"
    want "lines" 11 "$(wc -l <"$TMP/seen")"
}

@test "what the server sends to its own process group comes once" {
    # Of 'kill 0' crumple-run has its part, being of the group.
    cat >"$TMP/server.py" <<'PYTHON'
import os, signal, time
seen = []
signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))
os.kill(0, signal.SIGUSR1)
os.kill(os.getppid(), signal.SIGUSR1)
time.sleep(0.3)
print(len(seen))
PYTHON
    want "signals" 1 "$(setsid -w "$RUN" --no-preload -- /usr/bin/python3 "$TMP/server.py")"
    # As PID 1 the server has a group of its own; a signal to PID 1 is one for the server then.
    want "signals" 2 "$(as_pid_1 "$RUN" --no-preload -- /usr/bin/python3 "$TMP/server.py" </dev/null)"
}

@test "-g sends to the whole process group, and without it to the server alone" {
    # The shell waits for its children; the signal ends what it has started, or does not.
    local option pid
    for option in "" -g; do
        rm -f "$TMP/out"
        # shellcheck disable=SC2086
        "$RUN" --no-preload $option -- bash -c 'trap "echo shell" USR1
            python3 -c "import signal; signal.sigwait({signal.SIGUSR1})" 2>/dev/null &
            child=$!; echo ready; wait $child; status=$?
            [ $status -gt 128 ] && { sleep 0.3; kill -0 $child 2>/dev/null && echo lives; kill -KILL $child; wait; }' >"$TMP/out" 2>/dev/null &
        pid=$!
        line_within "$TMP/out" ready
        sleep 0.3
        kill -USR1 "$pid"
        wait "$pid" || true
        grep -qx shell "$TMP/out"
        if [ -n "$option" ]; then
            ! grep -qx lives "$TMP/out" || return 1
        else
            grep -qx lives "$TMP/out"
        fi
    done
}

@test "-p: the signal comes when the parent dies, and goes to the server" {
    bash -c "\"$RUN\" --no-preload -p USR1 -- \"$ROOT/tests/entrypoint/signals_seen.py\" >\"$TMP/seen\" & echo \$! >\"$TMP/pid\"
        until grep -q ready \"$TMP/seen\"; do sleep 0.02; done; kill -KILL \$\$" || true
    line_within "$TMP/seen" 10
    kill -TERM "$(cat "$TMP/pid")"
    line_within "$TMP/seen" 15
}

@test "the server's mask and dispositions are those that crumple-run was started with" {
    local how
    for how in '' 'trap "" PIPE' 'trap "" CHLD' 'trap "" INT QUIT TTOU TTIN TSTP HUP CONT USR1'; do
        bash -c "$how
            exec grep ^Sig[BIC] /proc/self/status" >"$TMP/bare"
        bash -c "$how
            exec \"$RUN\" --no-preload -- grep ^Sig[BIC] /proc/self/status" >"$TMP/under"
        cmp "$TMP/bare" "$TMP/under"
    done
    /usr/bin/python3 - "$RUN" >"$TMP/under" <<'PYTHON'
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGCHLD, signal.SIGUSR1, signal.SIGRTMAX})
sys.stdout.flush()
os.execv(sys.argv[1], [sys.argv[1], "--no-preload", "--", "grep", "^SigBlk", "/proc/self/status"])
PYTHON
    want "the mask" "SigBlk: 8000000000014200" "$(tr -s '\t' ' ' <"$TMP/under")"
}

@test "descriptors, directory, umask, limits and priority are those that crumple-run was started with" {
    local look='ls -l /proc/self/fd | sed "s/.* \([0-9]* ->\)/\1/;/-> \/proc/d;/^total/d;s/pipe.*/pipe/"; pwd; umask; ulimit -a; nice; cat /proc/self/oom_score_adj; cut -d" " -f 6 /proc/self/stat'
    (umask 027 && ulimit -n 77 && cd / && exec 8</etc/passwd && exec nice -n 3 sh -c "$look") >"$TMP/bare" 2>&1 </dev/null
    (umask 027 && ulimit -n 77 && cd / && exec 8</etc/passwd && exec nice -n 3 "$RUN" --no-preload -- sh -c "$look") >"$TMP/under" 2>&1 </dev/null
    # What the lines of the descriptors say of stdout is the file itself.
    diff <(sed "s|$TMP/bare|OUT|" "$TMP/bare") <(sed "s|$TMP/under|OUT|" "$TMP/under")
}

@test "1,000 orphans are reaped, as PID 1 and as a subreaper" {
    local orphans='for i in $(seq 1000); do (sleep 0.0$((i % 10)) &) ; done
        until [ "$(cut -d" " -f 2-4 /proc/[0-9]*/stat 2>/dev/null | grep -v crumple-life | grep -c " $PPID$")" = 1 ]; do sleep 0.05; done; echo none left'
    want "what is left" "none left" "$(timeout 60 unshare --pid --fork --mount-proc --kill-child "$RUN" --no-preload -- bash -c "$orphans")"
    want "what is left" "none left" "$(timeout 60 "$RUN" --no-preload -s -- bash -c "$orphans")"
}

@test "-w says each orphan that is reaped, and nothing else does" {
    local script='(sh -c "exit 3" &); (sh -c "kill -9 \$\$" &); sleep 0.3'
    "$RUN" --no-preload -s -w -- sh -c "$script" 2>"$TMP/err"
    grep -qE '^crumple: reaped orphan [0-9]+, which ended with status 3$' "$TMP/err"
    grep -qE '^crumple: reaped orphan [0-9]+, which signal 9 ended$' "$TMP/err"
    want "lines" 2 "$(wc -l <"$TMP/err")"
    "$RUN" --no-preload -s -- sh -c "$script" 2>"$TMP/err"
    want "lines" 0 "$(wc -l <"$TMP/err")"
}

@test "it ends when the server ends, whatever else lives" {
    local before=$SECONDS
    both -- sh -c 'sleep 4 >/dev/null 2>&1 & exit 5'
    as_pid_1 "$RUN" --no-preload -- sh -c 'sleep 20 & exit 5' || want "status" 5 "$?"
    [ $((SECONDS - before)) -lt 4 ]
}

@test "as PID 1 it says that what a daemon leaves ends with the container" {
    as_pid_1 "$RUN" --no-preload -- sh -c 'setsid sleep 20 & exit 0' 2>"$TMP/err"
    want "the line" "crumple: 'sh' has ended with status 0, and what it started ends with this container; a server must stay in the foreground here (no 'daemon' option)" \
        "$(cat "$TMP/err")"
    # Not where the daemon lives on, not of other ends, not where nothing is left.
    "$RUN" --no-preload -s -- sh -c 'sleep 1 & exit 0' 2>"$TMP/err"
    as_pid_1 "$RUN" --no-preload -- sh -c 'sleep 20 & exit 5' 2>>"$TMP/err" || true
    as_pid_1 "$RUN" --no-preload -- sh -c 'sleep 0.1 & wait' 2>>"$TMP/err"
    ! grep -q 'ends with this container' "$TMP/err" || return 1
}

@test "a server that ignores SIGTERM goes on, and dies of SIGKILL with 137" {
    local pid status=0
    "$RUN" --no-preload -- bash -c 'trap "echo term" TERM; echo $$; while :; do sleep 0.05; done' >"$TMP/out" &
    pid=$!
    until [ -s "$TMP/out" ]; do sleep 0.02; done
    for _ in 1 2 3; do
        kill -TERM "$pid"
        sleep 0.2
    done
    want "SIGTERMs" 3 "$(grep -c term "$TMP/out")"
    kill -KILL "$(head -n 1 "$TMP/out")"
    wait "$pid" || status=$?
    want "status" 137 "$status"
}

@test "a server that SIGSTOP stops goes on at its SIGCONT, and crumple-run does not stop" {
    local pid server status=0
    "$RUN" --no-preload -- sh -c 'echo $$; exec sleep 30' >"$TMP/out" &
    pid=$!
    until [ -s "$TMP/out" ]; do sleep 0.02; done
    server=$(cat "$TMP/out")
    kill -STOP "$server"
    sleep 0.2
    [ "$(cut -d ' ' -f 3 "/proc/$pid/stat")" = S ] || { kill -KILL "$pid" "$server" && fail "crumple-run was stopped, too"; }
    kill -TERM "$pid"
    kill -CONT "$server"
    wait "$pid" || status=$?
    want "status" 143 "$status"
}

@test "SIGKILL of crumple-run alone leaves the server as it is" {
    local pid server
    "$RUN" --no-preload -- sh -c 'echo $$; sleep 0.5; echo more; exit 4' >"$TMP/out" 2>"$TMP/err" &
    pid=$!
    until [ -s "$TMP/out" ]; do sleep 0.02; done
    kill -KILL "$pid"
    line_within "$TMP/out" more
}

@test "another user, no standard streams, no environment, no /proc, a read-only root" {
    want "user 1000" 1000 "$(setpriv --reuid 1000 --regid 1000 --clear-groups "$RUN" --no-preload -- id -u)"
    "$RUN" --no-preload -- sh -c 'exit 6' <&- >&- 2>&- || want "status" 6 "$?"
    "$RUN" --no-preload -- sh -c '[ ! -e /proc/self/fd/0 ] && [ ! -e /proc/self/fd/2 ]' <&- >&- 2>&-
    want "the environment" "CRUMPLE_RUN_ID PWD" "$(env -i "$RUN" --no-preload -- sh -c env | sed 's/=.*//' | sort | tr '\n' ' ' | sed 's/ $//')"
    want "PATH's default" 0 "$(env -i "$RUN" --no-preload -- id -u)"
    want "stdin" "through" "$(echo through | "$RUN" --no-preload -- cat)"
    # A full or closed pipe at stdout is the server's affair.
    "$RUN" --no-preload -v -- sh -c 'sleep 0.1; kill -USR2 $PPID; sleep 0.1; exit 9' 2> >(exec 0<&-) || want "status" 9 "$?"
    mkdir -p "$CRASHES"
    unshare --mount bash -c 'mount -o remount,ro,bind / 2>/dev/null || mount -o bind,ro / / ; mount -t tmpfs none /proc && mount -t tmpfs none "$1" && exec "$0" -s -- sh -c "echo \$LD_PRELOAD"' \
        "$RUN" "$CRASHES" >"$TMP/out" 2>"$TMP/err"
    want "LD_PRELOAD without /proc" "$BUILD/libcrumple.so" "$(cat "$TMP/out")"
    want "what it says without /proc" "" "$(cat "$TMP/err")"
}

@test "systemd's variables that hold a process's number hold the server's" {
    want "both" "same same" "$(bash -c 'LISTEN_PID=$$ LISTEN_FDS=1 WATCHDOG_PID=$$ exec "$0" --no-preload -- sh -c "
        [ \$LISTEN_PID = \$\$ ] && echo same; [ \$WATCHDOG_PID = \$\$ ] && echo same"' "$RUN" | tr '\n' ' ' | sed 's/ $//')"
    want "another's" "1" "$(LISTEN_PID=1 "$RUN" --no-preload -- sh -c 'echo $LISTEN_PID')"
}

@test "crumple-run inside crumple-run" {
    both -- "$RUN" --no-preload -s -- sh -c 'exit 3'
    both -- "$RUN" --no-preload -s -- bash -c 'kill -TERM $PPID; sleep 5'
}
