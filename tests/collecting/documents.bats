#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the pages quote is what the programs say.

load ../lib

# quoted PAGE TEXT...: the page has the text, and so has a source
quoted() {
    local page=$ROOT/docs/$1 text
    shift
    for text in "$@"; do
        tr '\n' ' ' <"$page" | grep -qF -- "$text" || fail "$page does not say: $text"
        grep -rqF --include='*.[ch]' -- "$text" "$ROOT"/{cli,include,preload,program,run,settings,share,typed,writer} ||
            fail "no source says: $text"
    done
}

@test "docs/troubleshooting.md: its messages are those of the programs" {
    quoted troubleshooting.md 'a static program: only its end is seen' \
        'runs without crumple, which will not report its crashes: the loader ignores LD_PRELOAD ' \
        'no such variable' "cannot use crash directory '" 'bundle suppressed: ' ' of this signature within ' \
        'crumple: not contained: ' 'no source lines' ', build-id ' 'no debug information' ' is another build' \
        ' is not on this machine' 'optimised out' 'no rule names it' 'event loop' 'pool worker' 'a lock is held' \
        'inside the allocator' 'inside libc' 'not ready'
}

@test "docs/troubleshooting.md: its last resort leaves a bundle" {
    CRUMPLE_DIR=$BATS_TEST_TMPDIR/x LD_PRELOAD=$BUILD/libcrumple.so run -139 sh -c 'kill -SEGV $$'
    compgen -G "$BATS_TEST_TMPDIR/x/*/*-sh-*.tar.zst"
}
