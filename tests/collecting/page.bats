#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154,SC2030,SC2031 # common.bash sets the names
# crumple export --html: one page that needs nothing else, says what list and group say, and obeys nobody.
load ../cli/common

setup() {
    common_setup
    page=$BATS_TEST_TMPDIR/page.html
}

# data FILTER: what jq makes of the page's data, with texts in the place of numbers where the filter says t.
data() {
    sed -n '/^<script id="data"/,/<\/script>$/p' "$page" | sed 's/^<script[^>]*>//; s/<\/script>$//' |
        gojq -e '.strings as $strings | def t: $strings[.]; '"$1"
}

# browse HASH: the document as a browser has it after the page's script, in one line a tag. $failures has what the browser said.
browse() {
    failures=$BATS_TEST_TMPDIR/failures
    timeout 60 chromium --virtual-time-budget=10000 --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-dev-shm-usage \
        --disable-background-networking --disable-component-update --disable-sync --enable-logging=stderr \
        --user-data-dir="$BATS_TEST_TMPDIR/profile" --dump-dom "file://$page#/$1" 2>"$failures" 3>&- </dev/null |
        sed '/^<script/,/<\/script>/d; /^<style/,/<\/style>/d; s/></>\n</g'
}

# What a reader sees of it, on one line.
seen() {
    sed 's/<[^>]*>/ /g' | tr -s ' \n' ' ' | sed 's/&gt;/>/g; s/&lt;/</g; s/&amp;/\&/g'
}

@test "the page has the groups, events, tags and stacks of a crash directory, whole and private" {
    bundle "$a" '.tags = {rpc: "join"}'
    bundle "33/$b" '.tags = {rpc: "join"} | .event = "contained"'
    bundle "$c" '.signature = "SIGABRT | other"'
    echo old >"$page"
    run -0 --separate-stderr "$crumple" export --html "$page"
    [ -z "$output$stderr" ]
    [ "$(stat -c %a "$page")" = 600 ]
    [ "$(find "$BATS_TEST_TMPDIR" -name 'page.html*')" = "$page" ]
    data '[.groups[] | [(.signature | t), (.events | length)]] ==
          [["SIGSEGV | parse_header | handle_client", 2], ["SIGABRT | other", 1]]'
    data '.tags as $tags | [.groups[0].events[] | (.[2] | t), ($tags[.[9]][1] | t)] == ["crash", "join", "contained", "join"]'
    # of its latest bundle: five threads with three stacks, that of the fault first
    data '.frames as $frames | .groups[0] | .threads == 5 and [.stacks[] | [.count, (.frames[:1][] | $frames[.][1] | t)]] ==
          [[1, "parse_header"], [3, "epoll_wait"], [1]]'
    [ "$("$crumple" export --html - | gzip -c | gzip -d | tail -1)" = '</html>' ]
}

@test "export: a reader that is killed leaves the former page, and no half one" {
    "${TEST_BUILD:-$root/build}/bench/make_bundles" "$CRUMPLE_DIR" 1000 10
    echo old >"$page"
    "$crumple" export --html "$page" --no-index 2>"$BATS_TEST_TMPDIR/said" 3>&- &
    local export=$! reader
    until reader=$(pgrep -P $export); do sleep 0.005; done
    kill -KILL "$reader"
    wait $export && fail "the page was made" || true
    [[ $(<"$BATS_TEST_TMPDIR/said") == *"its reader ended with 'Killed'"* ]]
    [ "$(cat "$page"*)" = old ]
}

@test "the page has source lines of a real crash, by debug files of another folder too" {
    local program=$BATS_TEST_TMPDIR/victim
    cp "$BUILD/tests/victim" "$program"
    LD_PRELOAD=$BUILD/libcrumple.so "$program" --main null-write 2>"$BATS_TEST_TMPDIR/said" || true
    run -0 "$crumple" export --html "$page"
    data '.strings | any(test("^tests/victim/[a-z_]+\\.c:[0-9]+$"))'
    mkdir "$BATS_TEST_TMPDIR/debug"
    objcopy --only-keep-debug "$program" "$BATS_TEST_TMPDIR/debug/victim.debug"
    strip "$program"
    run -0 "$crumple" export --html "$page"
    data '.strings | any(test("^tests/victim/[a-z_]+\\.c:[0-9]+$")) | not'
    run -0 "$crumple" export --html "$page" --debug-dir "$BATS_TEST_TMPDIR/debug"
    data '.strings | any(test("^tests/victim/[a-z_]+\\.c:[0-9]+$"))'
}

@test "the page has the text around the guilty line, inert, where --source-dir has the file" {
    local dir=$BATS_TEST_TMPDIR/src line='return ++*at; /* </script><img src=x onerror=alert(1)> */'
    mkdir "$dir"
    # shellcheck disable=SC2028 # as C has it
    printf '%s\n' '#include <stddef.h>' 'static inline __attribute__((always_inline)) int deep(int *at)' \
        "{ $line }" $'\t/* \xff \xe2\x80\xae */' '__attribute__((noinline)) int call(int *at) { return deep(at) + 1; }' \
        'int main(void) { return call(NULL); }' >"$dir/prog.c"
    gcc -w -g -O1 -o "$BATS_TEST_TMPDIR/prog" "$dir/prog.c"
    LD_PRELOAD=$BUILD/libcrumple.so "$BATS_TEST_TMPDIR/prog" 2>"$BATS_TEST_TMPDIR/said" || true
    run -0 --separate-stderr "$crumple" export --html "$page"
    data '.texts == []'
    run -0 --separate-stderr "$crumple" export --html "$page" --source-dir "$CRUMPLE_DIR"
    [ "$stderr" = 'crumple: some names and source lines are missing: no source file of them is below --source-dir' ]
    touch -d 2037-01-02 "$dir/prog.c"
    run -0 --separate-stderr "$crumple" export --html "$page" --source-dir "$dir"
    [ -z "$stderr" ]
    data '[.texts[] | .[1:4]] == [[0, 3, 1], [0, 6, 4]] and ([.texts[0][6:][] | t] | length == 5 and .[2] == "{ '"$line"' }" and
          .[3] == "    /* \ufffd \\u202e */")'
    run -1 grep -F '<img src=x' "$page"
    browse "$(data '.groups[0].id' | tr -d '"')" >"$BATS_TEST_TMPDIR/dom"
    run -1 grep -iE 'CONSOLE|Refused|<img' "$failures" "$BATS_TEST_TMPDIR/dom"
    [ "$(grep -o '<li class="source".*>' "$BATS_TEST_TMPDIR/dom" | tr -d '\n')" = '<li class="source"><li class="source" hidden="">' ]
    run seen <"$BATS_TEST_TMPDIR/dom"
    [[ $output == *"#0 deep inlined $dir/prog.c:3 1 #include <stddef.h> 2 static "*" 3 { $line } 4 /* "*"5 __attribute__"*"was written later: 2037-01-02; its lines may differ #0 call "* ]]
    grep -q '<div class="guilty">' "$BATS_TEST_TMPDIR/dom"
    grep -q '<li class="frame top">' "$BATS_TEST_TMPDIR/dom"
    # a click on a place closes or opens its text
    sed -i '/Content-Security-Policy/d; s|^</html>|<script>document.querySelectorAll(".place").forEach((place) => place.click());\n</script>\n</html>|' "$page"
    browse "$(data '.groups[0].id' | tr -d '"')" >"$BATS_TEST_TMPDIR/dom"
    [ "$(grep -o '<li class="source".*>' "$BATS_TEST_TMPDIR/dom" | tr -d '\n')" = '<li class="source" hidden=""><li class="source">' ]
    grep -q 'aria-expanded="false"' "$BATS_TEST_TMPDIR/dom"
}

@test "export takes the filter of the other verbs, and writes no page of nothing" {
    three
    run -0 "$crumple" export --html "$page" --where event=crash --signature SIGABRT
    data '[.groups[].signature | t] == ["SIGABRT | other"] and (.filter | t) == "event=crash signature=*SIGABRT*"'
    run -0 "$crumple" export --html "$page" "$CRUMPLE_DIR/$a.tar.zst"
    data '[.groups[].events[] | .[7] | t] == ["'"$a"'"]'
    rm "$page"
    run -1 --separate-stderr "$crumple" export --html "$page" --exe nobody
    [ ! -e "$page" ]
    run -2 "$crumple" export
    [[ $output == *"--html FILE"* ]]
    run -3 --separate-stderr "$crumple" export --html /nowhere/page.html
    [[ $stderr == *"cannot write '/nowhere/page.html': No such file"* ]]
    run -3 --separate-stderr "$crumple" export --html /dev/full
    [[ $stderr == *"No space left"* ]]
    run -3 --separate-stderr bash -c 'ulimit -f 8 && exec "$0" export --html "$1"' "$crumple" "$page"
    [[ $stderr == *"File too large; no page was written" ]]
    [ -z "$(find "$BATS_TEST_TMPDIR" -name 'page.html*')" ]
}

@test "the page is scrubbed: arguments, lines of logs, output and registers are not in it, unless --full is given" {
    local secret
    bundle "$a" '.cmdline += ["hunter2-argument"] | .logs = [{path: "/l", lines: ["hunter2-line"], skipped: 0, error: null}] |
                 .events = [{time: "x", before_ms: 1, tid: 1, text: "hunter2-event"}] | .threads[0].registers.rax = "0x68756e74657232" |
                 .title = "SIGSEGV: rax is 0x68756e74657232"'
    run -0 "$crumple" export --html "$page"
    run -1 grep -E 'hunter2|68756e74657232' "$page"
    run -0 "$crumple" export --full --html "$page"
    for secret in argument line event; do
        data '[.groups[0].facts[][1] | t] | any(. == "hunter2-'$secret'")'
    done
    data .full
}

@test "the page names no other place: it loads nothing, and the policy allows only its own script and style" {
    three
    run -0 "$crumple" export --html "$page"
    run -1 grep -nE '(src|href)="[^#]|@import|url\(|fetch\(|XMLHttp|import\(|sendBeacon|localStorage|innerHTML|eval\(' "$page"
    [ "$(grep -o 'https\?://[^"'\'' ]*' "$page")" = 'http://www.w3.org/2000/svg' ]
    grep -q "content=\"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]\{43\}='; script-src 'sha256-[A-Za-z0-9+/]\{43\}=';" "$page"
}

@test "a browser shows the groups, and by its address one group with stack, threads and commands" {
    local id
    bundle "$a"
    bundle "$b" '.tags = {version: "1.1"}'
    run -0 "$crumple" export --html "$page"
    browse '' >"$BATS_TEST_TMPDIR/dom"
    run seen <"$BATS_TEST_TMPDIR/dom"
    [[ $output == *" 1 group 2 events 2 fatal 100 % "*" parse_header SIGSEGV "*" ← handle_client "* ]]
    run -1 grep -iE 'CONSOLE|Refused' "$failures"
    id=$(data '.groups[0].id' | tr -d '"')
    browse "$id" >"$BATS_TEST_TMPDIR/dom"
    run seen <"$BATS_TEST_TMPDIR/dom"
    [[ $output == *" SIGSEGV in parse_header (beta) read at 0x8, a null pointer "*"#0 parse_header +0x1c beta #1 handle_client "* ]]
    [[ $output == *" 5 threads in 3 stacks "*" crumple show $CRUMPLE_DIR/$b.tar.zst "*" crumple list --where group=$id "* ]]
    browse "?q=host%3Dnobody" | seen | grep -q 'No event matches the filter'
    browse "?q=version%3D1.*" | seen | grep -q ' 1 group 1 event '
}

@test "a part of the time marks no build that was there before" {
    bundle "$a" '.tags = {version: "1"}'
    bundle 20260103T030405.000002Z-alpha-202 '.tags = {version: "2"}'
    bundle 20260104T030405.000003Z-alpha-303 '.tags = {version: "1"}'
    bundle 20260105T030405.000003Z-alpha-404 '.tags = {version: "2"}'
    "$crumple" export --html "$page"
    [ "$(browse '' | grep -c '<line class="mark"')" = 1 ]
    browse "?from=$(date -d 2026-01-04 +%s000)" >"$BATS_TEST_TMPDIR/dom"
    grep -q '1 group, 2 events' "$BATS_TEST_TMPDIR/dom"
    run -1 grep -q '<line class="mark"' "$BATS_TEST_TMPDIR/dom"
}

@test "hostile text is inert, and shown as in a terminal" {
    local hostile='</script><script>document.title=\"owned\"</script><img src=x onerror=document.title=\"owned\"><!--'
    bundle "$a" ".title = \"$hostile\" | .signature = \"SIGSEGV | $hostile | a\\u202eb\\u2028c\\u001b[31m\" |
                 .tags = {\"<b>k\": \"\\u0007$hostile\", __proto__: \"p\", constructor: \"c\"} | .hostname = \"$hostile\" |
                 .threads[0].frames[0].function = \"$hostile\" | .threads[0].name = \"$hostile\" | .reason = (\"x\" * 60000)"
    printf '{"time":"2026-01-05T00:00:00Z","title":"bad \xff\xfe <svg onload=alert(1)>","event":"<i>"}\n' >"$CRUMPLE_DIR/other.ndjson"
    run -0 "$crumple" export --html "$page" "$CRUMPLE_DIR"
    [ "$(grep -c '<script' "$page")" -eq 2 ]
    [ "$(grep -c '</script>' "$page")" -eq 2 ]
    run -1 grep -nP '[\x00-\x08\x0b-\x1f\x7f]|\x{202e}|\x{2028}' "$page"
    data '[.strings[] | length] | max <= 4097'
    for view in '' "$(data '.groups[] | select(.bundle) | .id' | tr -d '"')"; do
        browse "$view" >"$BATS_TEST_TMPDIR/dom"
        grep -q '<title>crumple: ' "$BATS_TEST_TMPDIR/dom"
        run -1 grep -nE '<img|<b>k|<i>|<svg onload' "$BATS_TEST_TMPDIR/dom"
        run seen <"$BATS_TEST_TMPDIR/dom"
        [[ $output == *'</script><script>document.title="owned"</script><img src=x onerror='* ]]
    done
    browse '' | seen | grep -qF 'a\u202eb\u2028c\x1b[31m'
}

@test "markup that came into the page all the same does not run" {
    bundle "$a"
    run -0 "$crumple" export --html "$page"
    sed -i 's|<header id="top">|<script>document.documentElement.dataset.owned = 1;\n</script>\n<img src="data:," onerror="document.documentElement.dataset.owned = 2">\n&|' "$page"
    browse '' >"$BATS_TEST_TMPDIR/dom"
    grep -q '<img src="data:,"' "$BATS_TEST_TMPDIR/dom"
    seen <"$BATS_TEST_TMPDIR/dom" | grep -q ' 1 group 1 event '
    run -1 grep -q data-owned "$BATS_TEST_TMPDIR/dom"
    grep -q 'Content Security Policy' "$failures"
}

@test "keys, clicks and typing do what the help says" {
    local i
    for i in 1 2 3; do
        bundle "2026010${i}T000000.000000Z-arena-$i"
    done
    bundle 20260104T000000.000000Z-arena-4 '.signature = "SIGABRT | other" | .signal.name = "SIGABRT"'
    run -0 "$crumple" export --html "$page"
    sed -i '/Content-Security-Policy/d; /^<\/html>/d; s|^</body>|<script>|' "$page"
    { cat "$ROOT/tests/collecting/page_drive.js" && echo '</script></body></html>'; } >>"$page"
    browse '' | sed -n '/<pre id="driven">/,/<\/pre>/p' | grep ': ' | sed '/ ms: /d; s/group g.*/group ID/' >"$BATS_TEST_TMPDIR/driven"
    diff "$BATS_TEST_TMPDIR/driven" - <<'TEXT'
begin: groups 2
rows: 2
chosen: 1
entered: true
before: group ID
stack: true
flame: true
zoomed: true
back: groups 2
chosen again: true
focus: filter
nothing: true
filtered: groups 1
chips: 1
still typing: true
cleared: groups 2
facet: 1
without: groups 2
sorted: true
help: 7
help gone: true
theme: true
reading: true
span: true
history: true
printed rows: 2
printed width: 680
shown width: true
globs: true
words: true
key: true
TEXT
}
