#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a report says where libc, an allocator or a runtime has found the damage (rows 12-15). The words of glibc change
# from version to version: what it printed without crumple is what the report must say.

load helpers
setup() { setup_crash; }
teardown() { teardown_crash; }

# dies_of VERB KIND FUNCTION [WORD-OF-THE-CAUSE]...: status and reason are those of the run without crumple.
dies_of() {
    local verb=$1 kind=$2 function=$3 word reason
    shift 3
    crash "$verb"
    expect_signal 6 SIGABRT SI_TKILL
    want "class" abort "$(report .signal.class)"
    reason=$(tail -n 1 "$TMP/without.err")
    want "reason" "$reason" "$(report .reason)"
    [[ $(report .title) == "$kind in $function"* ]] || fail "title: $(report .title)"
    [[ $(report .signature) == "$kind | $function | "* ]] || fail "signature: $(report .signature)"
    for word in "$@"; do
        [[ $(report .signal.description) == *"$word"* ]] || fail "cause: $(report .signal.description)"
    done
    tar --zstd -xOf "$BUNDLE" report.txt | head -n 6 >head.txt
    grep -qF "cause      $(report .signal.description)" head.txt || fail "the cause is not in the head: $(cat head.txt)"
    grep -qF "reason     $reason" head.txt || fail "the reason is not in the head: $(cat head.txt)"
    grep -q "^where      $function (" head.txt || fail "the place is not in the head: $(cat head.txt)"
    unwound_to_start
}

@test "the title says who called abort [row 12]" {
    crash abort
    want "title" "abort in call_abort" "$(report .title)"
    want "class" abort "$(report .signal.class)"
}

@test "the report has the text of a failed assert, and its place [row 13]" {
    dies_of assert assert check_invariant "assertion of the program"
    want "title" "assert in check_invariant: tests/victim/aborts.c:23: Assertion \`*level > 0' failed." "$(report .title)"
}

@test "the report has the words of assert_perror [row 13]" {
    dies_of assert-perror assert check_result "assert_perror"
    expect_title "No space left on device"
}

@test "the report has the words of an assertion of glibc about a mutex [row 13]" {
    dies_of mutex assert lock_mutex "a mutex"
}

@test "a double free is told, found in the cache, in a fast bin, or by the neighbour [row 14]" {
    dies_of double-free-tcache "heap corruption" give_back "was freed twice"
    expect_title "free(): double free detected in tcache"
    rm -r "$CRASHES"
    dies_of double-free-fastbin "heap corruption" give_back "was freed twice"
    expect_title "double free or corruption (fasttop)"
    rm -r "$CRASHES"
    dies_of double-free-neighbour "heap corruption" give_back "was freed twice"
    expect_title "double free or corruption (!prev)"
}

@test "free of what malloc has not returned is told [row 14]" {
    dies_of free-inside "heap corruption" give_back "a pointer that malloc had not returned"
    expect_title "free(): invalid pointer"
    rm -r "$CRASHES"
    dies_of free-mapped "heap corruption" give_back "a pointer that malloc had not returned"
    expect_title "munmap_chunk(): invalid pointer"
    rm -r "$CRASHES"
    dies_of free-foreign "heap corruption" give_back
}

@test "free of a damaged block is told [row 14]" {
    dies_of free-size "heap corruption" give_back "beyond a block"
    expect_title "free(): invalid size"
    rm -r "$CRASHES"
    dies_of free-next-fast "heap corruption" give_back "beyond a block"
    rm -r "$CRASHES"
    dies_of free-next-normal "heap corruption" give_back "beyond a block"
}

@test "realloc of a damaged block is told [row 14]" {
    dies_of realloc-inside "heap corruption" grow "a pointer that malloc had not returned"
    expect_title "realloc(): invalid pointer"
    rm -r "$CRASHES"
    dies_of realloc-old-size "heap corruption" grow "beyond a block"
    rm -r "$CRASHES"
    dies_of realloc-next-size "heap corruption" grow "beyond a block"
}

@test "an overwritten end of the heap is told [row 14]" {
    dies_of top-size "heap corruption" take "beyond a block"
    rm -r "$CRASHES"
    dies_of top-assertion "heap corruption" take "beyond a block"
}

@test "sizes of neighbours that do not match are told [row 14]" {
    dies_of prev-size "heap corruption" give_back "beyond a block"
    expect_title "corrupted size vs. prev_size"
    rm -r "$CRASHES"
    dies_of consolidating "heap corruption" give_back "beyond a block"
    expect_title "corrupted size vs. prev_size while consolidating"
}

@test "overwritten links of free blocks are told [row 14]" {
    dies_of free-list "heap corruption" give_back "beyond a block"
    expect_title "corrupted double-linked list"
    rm -r "$CRASHES"
    dies_of tcache-pointer "heap corruption" take "a freed one"
    expect_title "unaligned tcache chunk"
    rm -r "$CRASHES"
    dies_of fastbin-pointer "heap corruption" take "a freed one"
}

@test "a damaged list of unsorted blocks is told [row 14]" {
    dies_of unsorted-size "heap corruption" take "beyond a block"
    rm -r "$CRASHES"
    dies_of unsorted-prev-size "heap corruption" take "beyond a block"
}

@test "damage that the end of a thread finds, without a frame of the program, is told [row 14]" {
    crash thread-end
    expect_signal 6 SIGABRT SI_TKILL
    want "reason" "$(tail -n 1 "$TMP/without.err")" "$(report .reason)"
    want "title" "heap corruption: $(report .reason)" "$(report .title)"
    tar --zstd -xOf "$BUNDLE" report.txt | head -n 6 | grep -q 'no frame of the program itself' || fail "the head does not say so"
}

@test "stack smashing is said once [row 15]" {
    dies_of stack-smash "stack smashing" copy_without_bound "beyond an array on its stack"
    want "title" "stack smashing in copy_without_bound" "$(report .title)"
}

@test "what _FORTIFY_SOURCE finds in a copy and in formats is told [row 15]" {
    dies_of fortify-copy "buffer overflow" copy_too_much "beyond its buffer"
    want "title" "buffer overflow in copy_too_much" "$(report .title)"
    rm -r "$CRASHES"
    dies_of fortify-format "buffer overflow" print_with "used as a format"
    rm -r "$CRASHES"
    dies_of fortify-position "libc check" print_with "_FORTIFY_SOURCE"
}

@test "what _FORTIFY_SOURCE finds in fd_set, longjmp and open is told [row 15]" {
    dies_of fortify-set "buffer overflow" put_into_set "FD_SETSIZE"
    rm -r "$CRASHES"
    dies_of fortify-longjmp "longjmp misuse" jump_into_the_past "has already returned"
    rm -r "$CRASHES"
    dies_of fortify-open "libc check" create_without_mode "without a mode"
}

@test "libc gives up: a futex at an unaligned address" {
    dies_of futex "libc fatal error" wait_at "unaligned address"
}

# allocator PATTERN: its path, or nothing.
allocator() {
    find /usr/lib /usr/local/lib -name "$1" 2>/dev/null | head -n 1
}

# aborts_by LIBRARY ARGUMENT...: an allocator that keeps no message; its stderr has it.
aborts_by() {
    OTHER_PRELOAD=$(find /usr/lib /usr/local/lib -name "$1*" 2>/dev/null | sort | head -n 1)
    [ -n "$OTHER_PRELOAD" ] || skip "$1 is not installed"
    run_without "${@:2}"
    want "status without crumple" 6 "$(status_of without signal)"
    run_with "${@:2}"
    same_death
    right_files
    right_index
    expect_signal 6 SIGABRT SI_TKILL
    want "reason" null "$(report .reason)"
    expect_title "abort by $1"
    [[ $(report .signal.description) == "the allocator $1"*"gives the reason on stderr only"* ]] || fail "cause: $(report .signal.description)"
}

@test "jemalloc aborts: it is named" {
    local victim=$VICTIM
    VICTIM=/usr/bin/env # the runner itself must not abort
    aborts_by libjemalloc.so.2 MALLOC_CONF=abort_conf:true,no_such_option:true "$victim" abort
}

@test "tcmalloc aborts at a pointer that is not its own: it is named" {
    aborts_by libtcmalloc_minimal.so.4 free-foreign
    expect_title "in give_back"
}
