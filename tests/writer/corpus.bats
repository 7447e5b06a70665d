#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Signatures over many programs: corpus/pairs.txt says which deaths are one bug and which are two.

load ../crash/helpers
PAIRS=$BATS_TEST_DIRNAME/corpus/pairs.txt

# One signature for each death, in a file of its name.
setup_file() {
    (cd "$ROOT" && make -s -j2 B="$BUILD" manners corpus)
    unset "${!CRUMPLE@}" RUST_BACKTRACE
    export CRUMPLE_STDERR=off
    awk '/^(same|different) / {print $2; print $3}' "$PAIRS" | sort -u |
        xargs -P 3 -I '{}' "$BATS_TEST_DIRNAME/corpus/die" '{}' "$BATS_FILE_TMPDIR"
}

signature() {
    cat "$BATS_FILE_TMPDIR/$1.signature"
}

# Before 1.70 or so Rust's panic_abort has no unwind tables (Debian 12 has 1.63): such a stack ends there.
rust_can_be_walked() {
    local version
    version=$(rustc --version | cut -d' ' -f2)
    [ "$(printf '1.70\n%s\n' "$version" | sort -V | head -n 1)" = 1.70 ]
}

# wrong WORD FROM: the pairs that have another outcome than they must.
wrong() {
    local word first second
    while read -r word first second; do
        [[ "$first $second" != *panics:abort* ]] || rust_can_be_walked || continue
        [ -s "$BATS_FILE_TMPDIR/$first.signature" ] || echo "no signature: $first: $(cat "$BATS_FILE_TMPDIR/$first.err")"
        [ -s "$BATS_FILE_TMPDIR/$second.signature" ] || echo "no signature: $second"
        if [ "$(signature "$first")" = "$(signature "$second")" ]; then
            [ "$word" = same ] || echo "joined: $first and $second: $(signature "$first")"
        else
            [ "$word" = different ] || echo "split: $first: $(signature "$first"), $second: $(signature "$second")"
        fi
    done < <(grep -E "^($1) [^ ]*$2" "$PAIRS")
}

@test "the corpus has at least 60 pairs, and 20 of them are of Debian's programs" {
    [ "$(grep -cE '^(same|different) ' "$PAIRS")" -ge 60 ]
    [ "$(grep -cE '^(same|different) debian:' "$PAIRS")" -ge 20 ]
}

@test "one bug is one group: compilers, threads, libraries' and languages' ways to die" {
    local wrong
    wrong=$(wrong same '(manners|shop|panics):')
    [ -z "$wrong" ] || fail "$wrong"
}

@test "two bugs are two groups: callers of one way to die, lambdas, templates, stripped programs" {
    local wrong
    wrong=$(wrong different '(manners|shop|panics):')
    [ -z "$wrong" ] || fail "$wrong"
}

@test "Debian's stripped programs: moved, deleted, another run, another program" {
    local wrong
    wrong=$(wrong 'same|different' 'debian:')
    [ -z "$wrong" ] || fail "$wrong"
}
