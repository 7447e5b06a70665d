#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Errors that a server only logs, and survives: events 'logged'.

load helpers

# One line as Nakama has them. zap LEVEL MESSAGE [MEMBERS]
zap() {
    printf '{"level":"%s","ts":"2026-11-29T15:00:00.000Z","caller":"server/match.go:292","msg":"%s"%s}\n' "$1" "$2" "${3-}"
}

# A panic as net/http tells it.
http_panic() {
    printf '2026/11/29 15:00:00 http: panic serving 127.0.0.1:5%s: runtime error: index out of range [%s]\n' "$1" "$1"
    printf 'goroutine 3%s [running]:\nnet/http.(*conn).serve.func1()\n\t/go/src/net/http/server.go:1850 +0xbf\n' "$1"
    printf 'panic({0x6%s, 0xc0})\n\t/go/src/runtime/panic.go:890 +0x262\nruntime.goPanicIndex()\n\t/go/src/runtime/p.go:1 +0x1\n' "$1"
    printf 'main.(*Console).dump(...)\n\t/src/console.go:1%s\nmain.main.func%s({0x1, 0x2})\n\t/src/main.go:4%s +0x1d\n' "$1" "$1" "$1"
    printf 'created by net/http.(*Server).Serve\n\t/go/src/net/http/server.go:3102 +0x4db\n'
}

# served SCRIPT: bash runs it under crumple-run, with these functions; its output passes unchanged through pipes
served() {
    export -f zap http_panic
    bash -c "$1" >"$TMP/bare.out" 2>"$TMP/bare.err" || true
    { "$RUN" --keep-output -- bash -c "$1" 2>&3 | cat >"$TMP/out"; } 3> >(cat >"$TMP/err") || true
    want "stdout" "" "$(diff "$TMP/bare.out" "$TMP/out" || true)"
    want "stderr" "" "$(diff "$TMP/bare.err" <(grep -v '^crumple: ' "$TMP/err") || true)"
}

@test "a match that ends after an error is an event, with its match and tick as tags" {
    served 'zap info start ",\"mid\":\"m0\""; zap warn "Stopping match after error from match_loop execution" ",\"mid\":\"4f2c.n\",\"tick\":77,\"error\":\"boom 3\",\"session_token\":\"hidden\",\"deep\":{\"mid\":\"x\"}"'
    want "events" 1 "$(events | wc -l)"
    want "the line" '["logged","error","logged: Stopping match after error from match_loop execution: boom 3",{"match_id":"4f2c.n","tick":"77"},null]' \
        "$(events '[.event,.how,.title,.tags,.signal]')"
    want "the signature" "logged | Stopping match after error from match_loop execution: boom #" "$(events -r .signature)"
    want "the counter" 1 "$(metric logged_total 'how="error"')"
    "$BUILD/crumple" show last >"$TMP/show"
    grep -q 'cause  *the process lives, and has logged this on stdout at level warn, at server/match.go:292$' "$TMP/show" || fail "$(cat "$TMP/show")"
    grep -q 'tags  *match_id=4f2c.n tick=77$' "$TMP/show" || fail "$(cat "$TMP/show")"
    "$BUILD/crumple" list --table --event logged | grep -q ' logged ' || fail "no row"
    run -1 "$BUILD/crumple" list --table --event died
    grep -q '1 error that was only logged' <("$BUILD/crumple") || fail "no summary"
    want "lines on stderr" 1 "$(grep -c '^crumple: ' "$TMP/err")"
    ! find "$CRASHES" -name '*.core' | grep . || fail "a core is left"
}

@test "a panic that net/http recovered: its place is the frame that raised it, numbers split no group" {
    served 'http_panic 1 >&2; http_panic 2 >&2; echo next >&2; http_panic 3'
    want "titles" "logged: runtime error: index out of range [1] in main.(*Console).dump (console.go:11)" "$(events -r .title | head -n 1)"
    want "signatures" "3 logged | runtime error: index out of range [#] | main.(*Console).dump | main.main.func#" \
        "$(events -r .signature | sort | uniq -c | sed 's/^ *//')"
    want "the counter" 3 "$(metric logged_total 'how="panic"')"
    want "streams" "stderr stderr stdout" "$(for b in $(find "$CRASHES" -name '*.tar.zst' | sort); do tar --zstd -xOf "$b" report.json | gojq -r .logged.stream; done | sort | xargs)"
    want "frames" '["net/http.(*conn).serve.func1","panic","runtime.goPanicIndex","main.(*Console).dump","main.main.func3"]' \
        "$(for b in $(find "$CRASHES" -name '*.tar.zst' | sort); do tar --zstd -xOf "$b" report.json | gojq -c 'select(.tags.peer == "127.0.0.1:53") | .logged.frames | map(.function)'; done)"
    want "lines on stderr" 1 "$(grep -c '^crumple: logged: ' "$TMP/err")"
}

@test "Nakama's log of such a panic is one line of JSON, its stack in the message" {
    served 'text=$(http_panic 4); text=${text#* }; text=${text#* }; zap error "$(printf %s "$text" | sed "s/\t/\\\\t/g" | sed -z "s/\n/\\\\n/g")"'
    want "the title" "logged: runtime error: index out of range [4] in main.(*Console).dump (console.go:14)" "$(events -r .title)"
    want "the peer" "127.0.0.1:54" "$(events -r .tags.peer)"
}

@test "the documented form for a recover() of one's own, in text and in JSON" {
    served 'printf "panic serving match=4f2c tick=77 password=x: boom: two\nlines\ngoroutine 7 [running]:\nmain.f()\n\t/src/a.go:1 +0x1\n"
        zap error "panic serving match=4f2c tick=78: boom\\ngoroutine 7 [running]:\\nmain.g()\\n\\t/src/a.go:2 +0x1\\n"'
    want "the tags" '{"match_id":"4f2c","tick":"77"} {"match_id":"4f2c","tick":"78"}' "$(events .tags | sort | xargs -d '\n')"
    want "the titles" "logged: boom in main.g (a.go:2)|logged: boom: two lines in main.f (a.go:1)" "$(events -r .title | sort | paste -sd '|')"
}

@test "a flood is limited, and counted whole" {
    served 'for i in {1..3000}; do zap error "Runtime RPC function caused an error" ",\"id\":\"f\",\"uid\":\"u$i\",\"error\":\"bad $i\""; done'
    want "the count" 3000 "$("$BUILD/crumple" group --json | gojq .count)"
    want "the counter" 3000 "$(metric logged_total)"
    want "bundles, by CRUMPLE_KEEP" 5 "$(find "$CRASHES" -name '*.tar.zst' | wc -l)"
    [ "$(events | wc -l)" -le 12 ] || fail "$(events | wc -l) lines"
    want "lines on stderr" 1 "$(grep -c '^crumple: ' "$TMP/err")"
}

@test "crumple's lines break none of the server's, however slow the reader is" {
    cat >"$TMP/server.py" <<'END'
import os
for kind in "ghijklmn":
    lines = ['{"level":"info","msg":"%s"}\n' % ("a line " * (n % 20)) for n in range(4000)]
    lines.insert(1000, '{"level":"error","msg":"panic serving kind=%s: %s"}\n' % (kind, kind * 4))
    os.write(1, "".join(lines).encode())
END
    "$RUN" --keep-output -- python3 "$TMP/server.py" 2>&1 | python3 -c 'import os, time
while True:
    piece = os.read(0, 30000)
    if not piece:
        break
    os.write(1, piece)
    time.sleep(0.005)' >"$TMP/out"
    want "lines of others, or broken" "" "$(grep -vxE '[{]"level".*"[}]|crumple: .*' "$TMP/out" || true)"
    want "lines of crumple" yes "$([ "$(grep -c '^crumple: logged' "$TMP/out")" -ge 1 ] && echo yes)"
}

# pause_in_write: the server stands in a write that fills the pipe; says whether whole lines have passed at first, and the rest later.
pause_in_write() {
    # shellcheck disable=SC2016 # the server's own shell expands it
    "$RUN" --keep-output -- sh -c 'echo $$ >"$1" && exec python3 -c "import os; os.write(1, b\"a line of 22 characters\n\" * 40000)"' \
        sh "$TMP/pid" | python3 -c 'import os, select, signal, sys, time
def await_that(condition):
    end = time.monotonic() + 10
    while not condition():
        if time.monotonic() > end:
            sys.exit("still not so")
        time.sleep(0.01)
def of_server(name):
    return open("/proc/%d/%s" % (pid, name)).read()
def drain(silence_s):
    got = b""
    while select.select([0], [], [], silence_s)[0]:
        piece = os.read(0, 65536)
        if not piece:
            break
        got += piece
    return got
await_that(lambda: os.path.exists(sys.argv[1]) and open(sys.argv[1]).read())
pid = int(open(sys.argv[1]).read())
await_that(lambda: of_server("comm") == "python3\n" and of_server("syscall").startswith("1 0x1 "))
time.sleep(0.1) # the pipes are full
os.kill(pid, signal.SIGSTOP)
await_that(lambda: of_server("stat").split()[2] == "T")
first, rest = drain(0.05), drain(1)
os.kill(pid, signal.SIGCONT)
drain(10)
print("lines" if first.endswith(b"\n") else "half a line", "and the rest" if rest else "")' "$TMP/pid"
}

@test "of a write that has not ended, whole lines pass at first, and the rest soon" {
    local i said
    for i in {1..5}; do # where the reader gets no processor for 200 ms, the rest is there by then
        rm -f "$TMP/pid"
        said=$(pause_in_write)
        [ "$said" != "lines and the rest" ] || break
    done
    want "what passed" "lines and the rest" "$said"
}

@test "no secret of a line is in the bundle, nor in crashes.ndjson: not in a tag, not in what was logged last" {
    local json='{"level":"error","mid":"4f","msg":"panic serving a=1: password=hunter2","dsn":"redis://u:hunter2@db","body":"token=hunter2&x=1"}'
    "$RUN" --go-traceback=all -- sh -c 'echo "$1"; printf "panic: x\n\ngoroutine 1 [running]:\nmain.f()\n\t/a.go:1 +0x1\n" >&2
        exit 2' sh "$json" 2> >(exec cat >"$TMP/err" 3>&-) | cat >"$TMP/out" || true
    want "stdout" "$json" "$(cat "$TMP/out")"
    want "the events" "died,logged" "$(events -r .event | sort | paste -sd,)"
    find "$CRASHES" -name '*.tar.zst' -exec tar --zstd -xOf {} report.json \; >"$TMP/reports"
    want "what was logged last" 'panic serving a=1: password=[redacted] 4f' \
        "$(gojq -r '.last_logged // [] | .[] | .message + " " + .tags.match_id' "$TMP/reports")"
    find "$CRASHES" -name '*.tar.zst' -exec tar --zstd -xOf {} \; >"$TMP/all"
    want "secrets" "" "$(grep -ah hunter2 "$TMP/all" "$CRASHES"/*/crashes.ndjson || true)"
}

@test "the end is told as ever: a logged error of the same process hides none" {
    served 'zap error "JavaScript runtime error"; exit 7'
    want "events" "died logged" "$(events -r .event | sort | xargs)"
    want "the exit" 7 "$(events 'select(.event == "died") | .status')"
}

@test "hostile lines: no event, or a clean one" {
    export NOISE=$TMP/noise
    head -c 300000 /dev/urandom >"$NOISE"
    served 'zap info chat ",\"text\":\"http: panic serving 1.2.3.4:5: boom\""
        printf "panic serving \033[31ma=\342\200\256b\033[0m: \033]0;x\007boom\n"
        printf "{\"level\":\"error\",\"msg\":\"JavaScript runtime error\",\"a\":\"\\\\u202e\\\\u001b[31m\",\"b\":\"%4000d\n" 1
        cat "$NOISE"; head -c 100000 /dev/zero; echo'
    want "events" 2 "$(events | wc -l)"
    "$BUILD/crumple" show last >"$TMP/show"
    "$BUILD/crumple" list --table >>"$TMP/show"
    ! LC_ALL=C grep -qP '\x1b|\xe2\x80\xae|\x07' "$TMP/show" "$TMP/err" || fail "a control character"
}

@test "what goes to a file, or with CRUMPLE=0, is not looked at; CRUMPLE_STDERR=off says nothing" {
    "$RUN" --keep-output -- bash -c 'echo "panic serving a=1: boom"' >"$TMP/file" 2>"$TMP/err"
    CRUMPLE=0 "$RUN" --keep-output -- bash -c 'echo "panic serving a=1: boom"' 2>"$TMP/err" | cat
    want "events" 0 "$(events | wc -l)"
    CRUMPLE_STDERR=off "$RUN" --keep-output -- bash -c 'for i in 1 2 3 4 5 6; do echo "panic serving a=$i: boom$(tr 1-6 a-f <<<"$i")"; done' 2>"$TMP/err" | cat
    want "events" 6 "$(events | wc -l)"
    want "stderr" "" "$(cat "$TMP/err")"
}

@test "events that cannot be told: three lines, and then no more for a minute; collect finishes them" {
    export CRUMPLE_WRITER=/nonexistent
    { "$RUN" --keep-output -- bash -c 'for i in a b c d e f; do echo "panic serving a=1: boom$i"; done; sleep 0.5' | cat; } >/dev/null 2>"$TMP/err"
    want "lines" 3 "$(grep -c 'crumple-writer cannot be started' "$TMP/err")"
    unset CRUMPLE_WRITER
    "$BUILD/crumple" collect --force >/dev/null 2>&1
    want "events" "3 logged" "$(events -r .event | uniq -c | sed 's/^ *//')"
}

@test "who hears of it: --on-bundle, stderr as JSON; not the termination log" {
    export LIST=$TMP/list CRUMPLE_STDERR=json
    "$RUN" --keep-output --on-bundle='echo "$1" >>"$LIST"' --termination-log="$TMP/term" -- \
        bash -c 'for i in 1 2 3; do echo "panic serving match=m$i: boom"; done' 2>"$TMP/err" | cat >/dev/null
    want "bundles that were heard of" 3 "$(wc -l <"$LIST")"
    want "the line" '["logged","panic","logged: boom","boom",{"match_id":"m1"}]' \
        "$(grep '^{"crumple":' "$TMP/err" | gojq -c '[.event,.how,.title,.reason,.tags]')"
    [ ! -s "$TMP/term" ] || fail "$(cat "$TMP/term")"
}

@test "other ways to say that a panic was recovered" {
    served 'printf "[Recovery] 2026/11/29 - 15:00:00 panic recovered:\nboom\n/src/a.go:1 (0x1)\n\tmain.f: x()\n\n"
        echo "{\"time\":\"t\",\"level\":\"ERROR\",\"msg\":\"panic serving request\",\"panic\":\"slog\",\"path\":\"/x\"}"
        echo "2026/11/29 15:00:00 Recovered from panic: boom"
        echo "level=error msg=\"http: panic serving 1.2.3.4:5: logrus\\ngoroutine 7 [running]:\\nmain.f()\""'
    want "titles" "logged: 2026/11/29 15:00:00 Recovered from panic: boom|logged: [Recovery] 2026/11/29 - 15:00:00 panic recovered: boom|logged: logrus|logged: panic serving request: slog" \
        "$(events -r .title | LC_ALL=C sort | paste -sd '|')"
    want "tags" '{"path":"/x"}' "$(events -r 'select(.title | test("slog")) | .tags')"
}

# events_within COUNT: so many come
events_within() {
    local i
    for ((i = 0; i < 500; i++)); do
        [ "$(events | wc -l)" != "$1" ] || return 0
        sleep 0.02
    done
    fail "no $1 events" "$(events)"
}

@test "who tells is a process that starts at the first find, is replaced, and ends with the server" {
    local run teller dead
    mkfifo "$TMP/in"
    "$RUN" --keep-output -- bash -c 'while read -r line; do echo "panic serving a=1: $line"; done' \
        <"$TMP/in" 2>"$TMP/err" 3>&- > >(exec cat >/dev/null 3>&-) &
    run=$!
    exec 8>"$TMP/in"
    want "before" "" "$(pgrep --parent "$run" -x crumple-logged)"
    echo one >&8
    events_within 1
    teller=$(pgrep --parent "$run" -x crumple-logged)
    kill -KILL "$teller"
    echo two >&8
    events_within 2
    dead=$teller teller=$(pgrep --parent "$run" -x crumple-logged)
    [ -n "$teller" ] && [ "$teller" != "$dead" ] || fail "the same one"
    exec 8>&-
    wait "$run"
    none_are_left ps -o pid= -p "$teller"
    want "events" 2 "$(events | wc -l)"
}
