#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Programs of all runtimes under crumple-run: status and output as without it, byte for byte.

# shellcheck disable=SC2016 # scripts for other shells
load helpers

# ended WHERE SIGNAL COMMAND...: runs the command, sends it the signal once it has printed 'ready' (none: ''), and writes
# WHERE.out, WHERE.err and WHERE.status. crumple's own lines on stderr are left out.
ended() {
    local where=$TMP/$1 signal=$2 pid status=0
    shift 2
    rm -f "$where.out" # of an earlier one, it has the line already
    "$@" >"$where.out" 2>"$where.err" </dev/null &
    pid=$!
    [ -z "$signal" ] || { line_within "$where.out" ready && kill -s "$signal" "$pid"; }
    wait "$pid" || status=$?
    echo "$status" >"$where.status"
    sed -i '/^crumple: /d' "$where.err"
}

# as_bare STATUS SIGNAL COMMAND...: both ways to start the command end with the status, and print the same. Numbers of processes
# and addresses on stderr may differ, and SIGINT is ignored in what a shell without job control starts beside itself.
as_bare() {
    local status=$1 file
    shift
    ended bare "$@"
    ended under "$1" "$RUN" -- "${@:2}"
    want "the bare status of ${*:2}" "$status" "$(cat "$TMP/bare.status")"
    want "the status of ${*:2}" "$status" "$(cat "$TMP/under.status")"
    cmp "$TMP/bare.out" "$TMP/under.out"
    for file in bare under; do
        sed -E 's/0x[0-9a-f]+|\b[0-9]+/N/g' "$TMP/$file.err" >"$TMP/$file.words"
    done
    diff "$TMP/bare.words" "$TMP/under.words"
}

@test "sh, bash and their traps" {
    as_bare 3 '' sh -c 'echo out; echo err >&2; exit 3'
    as_bare 0 '' sh -c 'for i in 1 2 3; do echo $i & done | sort; wait'
    as_bare 141 '' bash -o pipefail -c 'yes | head -n 1'
    as_bare 143 '' sh -c 'kill $$'
    as_bare 7 TERM bash -c 'trap "echo stopping; exit 7" TERM; echo ready; while :; do sleep 0.05; done'
    as_bare 0 HUP bash -c 'trap "echo reload; trap - EXIT; exit 0" HUP; trap "echo never" EXIT; echo ready; while :; do sleep 0.05; done'
    as_bare 129 HUP sh -c 'echo ready; exec sleep 20'
    # Of a job that the shell waits for, SIGTERM is the shell's alone.
    as_bare 5 USR1 bash -c 'trap "kill \$!; wait; exit 5" USR1; sleep 20 & echo ready; wait'
    printf '#!/bin/sh\nset -e\necho "$0 $*"\n"$@"\nexec sh -c "exit 6"\n' >"$TMP/docker-entrypoint.sh"
    chmod +x "$TMP/docker-entrypoint.sh"
    as_bare 6 '' "$TMP/docker-entrypoint.sh" echo two
    as_bare 1 '' "$TMP/docker-entrypoint.sh" false
    as_bare 127 '' sh -c nonexistent
    head -c 3000000 /dev/urandom >"$TMP/bytes"
    as_bare 0 '' cat "$TMP/bytes"
}

@test "a static program, and one of musl" {
    local program=$TMP/program
    printf '#include <stdio.h>\n#include <signal.h>\n#include <unistd.h>\n#include <stdlib.h>\nint main(int c, char **v) {
        puts(getenv("LD_PRELOAD") ? "preload" : "none"); fputs("err\\n", stderr); puts("ready"); fflush(stdout);
        if (c > 1) pause(); return 9; (void)v; }\n' >"$program.c"
    gcc -static -o "$program" "$program.c"
    ended under '' "$RUN" -- "$program"
    want "the status" 9 "$(cat "$TMP/under.status")"
    sed -i 's/puts(getenv.*none");//' "$program.c"
    gcc -static -o "$program" "$program.c"
    as_bare 9 '' "$program"
    as_bare 143 TERM "$program" wait
    musl-gcc -o "$program-musl" "$program.c"
    printf '#include <stdio.h>\n#include <stdlib.h>\nint main(void) { puts(getenv("LD_PRELOAD")); return 0; }\n' >"$program-env.c"
    musl-gcc -o "$program-env" "$program-env.c"
    as_bare 9 '' "$program-musl"
    as_bare 129 HUP "$program-musl" wait
    want "the preload" "$BUILD/musl/libcrumple.so" "$("$RUN" -- "$program-env")"
    want "the preload" "/other.so:$BUILD/libcrumple.so" "$(LD_PRELOAD=/other.so "$RUN" -- sh -c 'echo "$LD_PRELOAD"' 2>/dev/null)"
    ! command -v busybox >/dev/null || as_bare 3 '' busybox sh -c 'echo $((1 + 2)); exit 3'
}

@test "Python" {
    as_bare 4 '' /usr/bin/python3 -c 'import sys; print("out"); print("err", file=sys.stderr); sys.exit(4)'
    as_bare 1 '' /usr/bin/python3 -c 'raise ValueError("x")'
    as_bare 130 INT /usr/bin/python3 -c 'import signal; signal.signal(signal.SIGINT, signal.default_int_handler); print("ready", flush=True); signal.pause()'
    as_bare 8 TERM /usr/bin/python3 -c '
import os, signal, subprocess, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(8))
print(subprocess.run(["sh", "-c", "exit 5"]).returncode, os.waitstatus_to_exitcode(os.system("kill $$")))
print("ready", flush=True)
signal.pause()'
}

@test "Node.js" {
    as_bare 4 '' node -e 'console.log("out"); console.error("err"); process.exit(4)'
    as_bare 1 '' node -e 'throw new Error("x")'
    as_bare 9 TERM node -e 'process.on("SIGTERM", () => { console.log("stopping"); process.exit(9) }); setInterval(() => {}, 1000); console.log("ready")'
    as_bare 143 TERM node -e 'setInterval(() => {}, 1000); console.log("ready")'
    as_bare 0 '' node -e 'require("child_process").exec("exit 3", (e) => console.log(e.code))'
}

@test "a JVM" {
    cat >"$TMP/Main.java" <<'JAVA'
public class Main {
    public static void main(String[] words) throws Exception {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
        System.err.println("err");
        if (words[0].equals("throw"))
            throw new IllegalStateException("x");
        if (words[0].equals("null")) // a fault of the JVM's own
            try { ((String)null).length(); } catch (NullPointerException e) { System.out.println("caught"); }
        System.out.println("ready");
        if (words[0].equals("wait"))
            Thread.sleep(20000);
        System.exit(3);
    }
}
JAVA
    (cd "$TMP" && javac Main.java)
    local java=(java -Xmx64m -XX:+UseSerialGC -Xshare:auto -cp "$TMP" Main)
    as_bare 3 '' "${java[@]}" null
    as_bare 1 '' "${java[@]}" throw
    as_bare 143 TERM "${java[@]}" wait
    as_bare 129 HUP "${java[@]}" wait
}

@test "Go, with C and without" {
    mkdir "$TMP/go"
    cat >"$TMP/go/main.go" <<'GO'
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	fmt.Fprintln(os.Stderr, "err")
	switch os.Args[1] {
	case "panic":
		panic("x")
	case "exit":
		os.Exit(7)
	case "signal":
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGUSR1)
		fmt.Println("ready")
		fmt.Println(<-stop)
		os.Exit(8)
	}
	fmt.Println("ready")
	select {}
}
GO
    sed 's/^import (/import "C"\n&/' "$TMP/go/main.go" >"$TMP/go/c.go"
    (cd "$TMP/go" && export GOCACHE=${GOCACHE:-/tmp/crumple-go-cache-$UID} GO111MODULE=off && CGO_ENABLED=0 go build -o pure main.go && go build -o c c.go)
    local program
    for program in pure c; do
        as_bare 2 '' "$TMP/go/$program" panic
        as_bare 7 '' "$TMP/go/$program" exit
        as_bare 8 USR1 "$TMP/go/$program" signal
    done
    as_bare 143 TERM "$TMP/go/pure" signal
}
