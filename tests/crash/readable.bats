#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Names and stacks as people read them: on stderr, in report.txt and in crumple show.

load helpers
setup() {
    setup_crash
    VICTIM=$T/readable
}
teardown() { teardown_crash; }

PARSE='app::parse<std::vector<int>>(std::map<std::string, std::vector<int>> const&, char const*)'

# The lines of frames on stderr, without addresses.
said_frames() {
    sed -nE 's/^crumple:   //; T; s/\+0x[0-9a-f]+//; p' "$TMP/with.err"
}

text() {
    tar --zstd -xOf "$BUNDLE" report.txt
}

shown() {
    "$BUILD/crumple" show "$@" "$BUNDLE"
}

# readable KIND [FUNCTION]: crashes so, in that function; no name is mangled where people read, and crumple's own frames are nowhere.
readable() {
    # a routine that a rule may name runs in a frame of crumple's
    SHIM=(CRUMPLE_RECOVER='conn_*=contain')
    crash "$1"
    ! grep -E '_Z|libcrumple|recover_|threads_run' <(said_frames; report .title; report .signal.description; text | grep '^where'; text | grep '  #') ||
        return 1
    ! shown | grep -E '  #.*(_Z|libcrumple)' || return 1
    shown --all | grep -q '  #.*\[libcrumple.so\]'
    [[ $(report .title) == *"${2-$PARSE}"* ]] || fail "$(report .title)"
}

@test "a C++ server: readable names, the frames of its start are one line" {
    readable fault
    said_frames | head -n 2 | diff - <(printf '%s\n' "#0 $PARSE (readable)" "#1 app::serve(char const*) (readable)")
    said_frames | grep -qx '([0-9]* frames of the runtime: .*start_thread, clone3)'
    text | grep -q "^where      app::parse<std::vector<int>>(.*called by app::serve(char const\*)"
    want "function of the report" _ZN3app5serveEPKc "$(report '.threads[0].frames[1].function')"
    want "name of the report" 'app::serve(char const*)' "$(report '.threads[0].frames[1].name')"
    want "a frame of the server" null "$(report '.threads[0].frames[1].runtime')"
    want "a frame of the runtime" true "$(report '.threads[0].frames[] | select(.function == "start_thread") | .runtime')"
    want "frames of the end" 0 "$(report '.threads[0].end_frames')"
    want "signature" "SIGSEGV | app::parse<T> | app::serve" "$(report .signature)"
}

@test "the way to die is one line, and the frames are the server's" {
    for kind in throw assert exit; do
        EVENT=crash
        [ $kind != exit ] || EVENT='exit'
        readable $kind
        said_frames | sed -n 2p | grep -qE "^#[0-9]+ app::parse<" || fail "$(said_frames)"
        [ "$(report '.threads[0].end_frames')" -gt 2 ] || fail "$(report '.threads[0].end_frames')"
        said_frames | head -n 1 >first
        case $kind in
        throw) grep -qx '([0-9]* frames of the runtime: ..., abort, std::terminate, __cxa_throw)' first ;;
        assert) grep -qx '([0-9]* frames of the runtime: .*, __assert_fail)' first ;;
        exit) grep -qx '([0-9]* frames of the runtime: .*exit)' first ;;
        esac || fail "$(cat first)"
        shown | grep -q '^  ([0-9]* frames of the runtime: .*)'
        ! shown --all | grep -q 'frames of the runtime' || return 1
        rm -rf "$CRASHES"
    done
}

@test "a fault in libc shows libc's frame; libc between two frames of the server is one line" {
    readable libc
    said_frames | head -n 1 | grep -q '^#0 __.*str.*cpy.* (libc.so.6)$' || fail "$(said_frames)"
    rm -rf "$CRASHES"
    readable callback 'app::compare(void const*, void const*)'
    said_frames | sed -n 2p | grep -q '^([0-9]* frames of the runtime: .*qsort' || fail "$(said_frames)"
    said_frames | sed -n 1p | grep -q '^#0 app::compare(' || fail "$(said_frames)"
}

@test "a recursion of two functions is one line after its first round" {
    readable recursion 'app::visit(int)'
    said_frames | sed -n 3p | grep -qx '\.\.\. 59 more frames of app::visit, app::descend' || fail "$(said_frames)"
    said_frames | sed -n 4p | grep -q '^#61 app::parse<' || fail "$(said_frames)"
    text | grep -qx '  \.\.\. 59 more frames of app::visit, app::descend'
    shown | grep -qE '^  (…|\.\.\.|~) 59 more frames of app::visit, app::descend$' || fail "$(shown)"
    want "frames of the report" 61 "$(report '[.threads[0].frames[] | select(.function | tostring | test("visit|descend"))] | length')"
}

@test "a name of 7 KiB makes no long line, and its title is readable at both ends" {
    local part=very_long_namespace_part_
    {
        printf 'int *volatile nowhere;\n'
        printf "namespace $part%03d{" {0..239}
        printf '__attribute__((noinline)) void crash_here() { *nowhere = 1; __asm__ volatile(""); }'
        printf '}%.0s' {0..239}
        printf '\nint main() { '
        printf "$part%03d::" {0..239}
        printf 'crash_here(); }\n'
    } >long.cc
    g++ -O1 -g -o long long.cc
    VICTIM=$TMP/long
    run_with
    BUNDLE=$(find "$CRASHES" -name '*.tar.zst')
    read_report "$BUNDLE"
    want "title" "SIGSEGV in ${part}000::" "$(report .title | cut -c1-41)"
    [[ $(report .title) == *'..._part_2'*'::crash_here(): write to address 0x0 (NULL pointer)' ||
        $(report .title) == *'...'*'_part_239::crash_here: write to address 0x0 (NULL pointer)' ]] || fail "$(report .title)"
    [ "$(LC_ALL=C awk 'length > longest {longest = length} END {print longest}' "$TMP/with.err" <(text) <(shown))" -lt 700 ]
}

@test "what clang builds has lines and inlined functions: DWARF 4 and 5, whole and lines only" {
    cat >prog.cc <<'CXX'
struct link { link *next; int *data; };
static inline int peek(link *at) { return at->data[0]; } // line 2
static inline int next(link *at)
{
    return peek(at->next) + 1; // line 5
}
__attribute__((noinline)) int handle(link *at)
{
    int found = next(at); // line 9
    __asm__ volatile("");
    return found;
}
int main()
{
    link last = {nullptr, nullptr}, first = {&last, nullptr};
    return handle(&first);
}
CXX
    for options in '-g -gdwarf-5' '-g -gdwarf-4' '-g1 -gdwarf-5' '-g1 -gdwarf-4'; do
        # shellcheck disable=SC2086
        clang++ -O2 $options -o prog prog.cc
        ! readelf -SW prog | grep -q debug_aranges || return 1
        VICTIM=$TMP/prog
        run_with
        BUNDLE=$(find "$CRASHES" -name '*.tar.zst')
        read_report "$BUNDLE"
        [[ $(report .title) =~ ^'SIGSEGV in peek'('(link*)')?': read of address 0x0' ]] || fail "$options: $(report .title)"
        [[ $(report .signature) =~ ^'SIGSEGV | '[^|]*peek[^|]*' | '[^|]*next[^|]*' | '[^|]*handle ]] ||
            fail "$options: $(report .signature)"
        shown | sed -nE 's/^  (#0 .*) at .*(prog.cc:.*)/\1 at \2/p' | sed 's/+0x[0-9a-f]*//' >lines
        [ "$(grep -cE '#0   (peek|next)(\(link\*\))? at prog.cc:(2|5) \(inlined\)|#0   handle\(link\*\) at prog.cc:9 \[prog\]' lines)" = 3 ] ||
            fail "$options: $(shown)"
        rm -rf "$CRASHES"
    done
}
