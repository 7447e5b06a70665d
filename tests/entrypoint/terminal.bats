#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# crumple-run at a terminal: keys, job control, hang-ups. Each with and without a process group of the server's own.

# shellcheck disable=SC1003 # a key: Ctrl-\
load helpers

# typed STEP...: on a terminal of its own; @ stands for crumple-run
typed() {
    timeout 60 "$ROOT/tests/entrypoint/terminal.py" see:'prompt> ' "${@//@/$RUN --no-preload}" || fail "$*"
}

COUNT='import os, signal, time
def seen(n, _):
    os.write(1, b"got %d\n" % n) # print() in a handler fails while print() runs
for n in (2, 3, 28): signal.signal(n, seen)
os.write(1, b"up\n")
while True: time.sleep(9)'

write_count() {
    printf '%s\n' "$COUNT" >"$TMP/count.py"
}

@test "a key's signal reaches the server once, and the window's size too" {
    local option
    write_count
    for option in '' -g; do
        # A directory for each turn: a turn ends with a kill, and the next one would tell of it between the keys.
        CRUMPLE_DIR=$CRASHES$option typed "type:@ -v $option -- /usr/bin/python3 $TMP/count.py\r" 'see:up\r\n' \
            type:^C 'see:^\^Cgot 2\r\n' 'type:^\' 'see:^\^.got 3\r\n' size:33,77 'see:^got 28\r\n' type:^C 'see:^\^Cgot 2\r\n' type:^Z 'see:Stopped' \
            'type:kill %1; kill -9 %1\r'
    done
}

@test "Ctrl-Z stops server and crumple-run, fg and bg go on" {
    local option
    for option in '' -g; do
        typed "type:@ $option -- sh -c 'echo up; exec cat'\r" 'see:\r\nup\r\n' 'type:one\r' 'see:one\r\none\r\n' type:^Z 'see:Stopped.*prompt> ' \
            'type:fg\r' 'see:exec cat.\r\n' wait:0.3 'type:two\r' 'see:two\r\ntwo\r\n' \
            type:^Z 'see:Stopped.*prompt> ' 'type:bg\r' 'see:prompt> ' wait:0.5 'type:jobs\r' 'see:jobs\r\n.*Stopped' 'type:fg\r' 'see:exec cat.\r\n' wait:0.3 \
            'type:three\r' 'see:three\r\nthree\r\n' type:^C 'see:prompt> ' 'type:echo status $?\r' 'see:status 130\r'
    done
}

# That the job is stopped, bash says of itself not always, with crumple-run or without: 'jobs' does.
@test "a read in the background stops the job" {
    local option
    for option in '' -g; do
        typed "type:@ $option -- cat &\r" 'see:prompt> ' wait:0.5 'type:jobs\r' 'see:jobs\r\n.*Stopped' 'type:fg\r' 'see:cat\r\n' wait:0.3 'type:four\r' \
            'see:four\r\nfour\r\n'
    done
}

@test "a job that runs in the background reads when it is brought to the front" {
    # bash gives such a job the terminal, and no signal.
    typed "type:@ -g -- sh -c 'sleep 2; read x; echo read \$x' &\r" 'see:prompt> ' wait:0.5 'type:fg\r' wait:0.3 'see:sh -c.*\r\n' 'type:five\r' \
        'see:read five\r\n'
}

@test "a script that starts crumple-run reads from the terminal afterwards" {
    typed "type:sh -c '@ -g -- true; echo up; read x; echo read \$x'\r" 'see:\r\nup\r\n' 'type:six\r' 'see:read six\r\n'
}

@test "an interactive shell under crumple-run has job control" {
    local option
    for option in '' -g; do
        typed "type:@ $option -- bash --norc --noprofile -i\r" 'see:prompt> ' 'type:echo $-\r' 'see:\r\n[a-zA-Z]*m' 'see:prompt> ' \
            'type:sleep 50\r' 'see:\r\n' wait:0.2 type:^Z 'see:Stopped.*prompt> ' 'type:fg\r' 'see:sleep 50\r\n' wait:0.2 type:^C \
            'see:prompt> ' 'type:exit 4\r' 'see:prompt> ' 'type:echo status $?\r' 'see:status 4\r'
        typed "type:@ $option -- sh -ic 'echo up; sleep 50; echo after'\r" 'see:\r\nup\r\n' wait:0.3 type:^C 'see:prompt> '
    done
}

@test "as the session's leader, and as PID 1 of a terminal" {
    local as
    write_count
    for as in env 'unshare --pid --fork --mount-proc --kill-child'; do
        # shellcheck disable=SC2086
        "$ROOT/tests/entrypoint/terminal.py" --exec $as "$RUN" --no-preload /usr/bin/python3 "$TMP/count.py" -- 'see:up\r\n' \
            type:^C 'see:^\^Cgot 2\r\n' type:^Z type:^C 'see:got 2\r\n' size:20,30 'see:got 28\r\n'
        # shellcheck disable=SC2086
        "$ROOT/tests/entrypoint/terminal.py" --exec $as "$RUN" --no-preload bash --norc --noprofile -i -- 'see:prompt> ' 'type:echo $-\r' \
            'see:\r\n[a-zA-Z]*m' 'see:prompt> ' 'type:exit 3\r' 'see:<EOF>'
    done
}

@test "a hang-up reaches the server of the session's leader once" {
    local server='import signal, sys, time
out = open(sys.argv[1], "w", buffering=1)
signal.signal(signal.SIGHUP, lambda *_: out.write("hangup\n"))
print("up", flush=True)
time.sleep(1); time.sleep(0.5)
out.write("end\n")'
    printf '%s\n' "$server" >"$TMP/server.py"
    "$ROOT/tests/entrypoint/terminal.py" --exec "$RUN" --no-preload /usr/bin/python3 "$TMP/server.py" "$TMP/seen" -- 'see:up\r\n' wait:0.1 hangup
    want "what the server saw" "hangup end" "$(tr '\n' ' ' <"$TMP/seen" | sed 's/ $//')"
}
