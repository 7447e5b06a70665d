#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Man pages and completions follow the tables of the programs, and are well-formed.
bats_require_minimum_version 1.5.0
load ../lib

setup() {
    trace_test
    unset "${!CRUMPLE@}"
    PAGES=$BUILD/man
}

@test "man: mandoc -T lint finds nothing in the pages, and each page they name is there" {
    local page name section
    for page in "$PAGES"/man?/*; do
        # Which pages are installed here is no matter of these.
        run mandoc -T lint "$page"
        output=$(grep -v 'referenced manual not found\|outdated mandoc.db' <<<"$output" || true)
        [ -z "$output" ] || fail "$output"
        ! grep '^@\|@[a-z-]*@' "$page" || fail "$page"
        while read -r name section; do
            [ -s "$PAGES/man$section/$name.$section" ] || fail "$page names $name($section)"
        done < <(sed -n 's/^\.Xr \(crumple[a-z-]*\) \([0-9]\).*/\1 \2/p' "$page" | sort -u)
    done
}

# said PAGE: as a reader gets it, in one line, without marks
said() {
    mandoc -T ascii -O width=900 "$PAGES/$1" | sed 's/.\x08//g' | tr -s ' \n' ' '
}

@test "man: every verb, option and variable of the programs is in its page" {
    local page run drill shim kind first second third fourth rest missing=''
    page=$(said man1/crumple.1) run=$(said man1/crumple-run.1) drill=$(said man1/crumple-drill.1) shim=$(said man7/crumple.7)
    # not read -r a b: an empty field is one
    while IFS=$'\x1f' read -r kind first second third fourth rest; do
        case $kind.$first in
        verb.crumple-*) ;;
        verb.*) [[ $page == *" crumple $first "* ]] || missing+="verb $first; " ;;
        option.crumple-run | option.preload) [[ $run == *" --$third${fourth:+=$fourth} "* ]] || missing+="$first --$third; " ;;
        option.crumple-drill) [[ $drill == *" --$third${fourth:+=$fourth} "* ]] || missing+="$first --$third; " ;;
        option.*) [[ $page == *" --$third${fourth:+=$fourth} "* ]] || missing+="$first --$third; " ;;
        variable.*) [[ $shim == *" $first "*"Values: "* ]] || missing+="$first; " ;;
        esac
    done < <(tr '\t' '\037' <"$PAGES/tables")
    [ -z "$missing" ] || fail "$missing"
}

@test "man: crumple-bundle(5) has every row of every table of docs/bundle-format.md" {
    local page name rows=0 missing=''
    page=$(said man5/crumple-bundle.5)
    while IFS=$'\t' read -r name _; do
        rows=$((rows + 1))
        [[ $page == *" ${name//\`/} "* ]] || missing+="$name; "
    done < <(sed -n 's/^T\t//p' "$PAGES/document")
    [ -z "$missing" ] || fail "$missing"
    [ "$rows" -eq "$(sed -n '/^## /,$p' "$ROOT/docs/bundle-format.md" | grep '^|' | grep -vc '^|[-|]*$' |
        awk -v headings="$(grep -c '^|[-|]*$' "$ROOT/docs/bundle-format.md")" '{ print $1 - headings }')" ]
}

@test "man: every variable of the environment that crumple asks for is in its page" {
    local page name missing=''
    page=$(said man1/crumple.1)
    while read -r name; do
        [[ $page == *"$name"* ]] || missing+="$name; "
    done < <(cd "$ROOT" && grep -rhoE '(getenv|is_set)\("[A-Z_]+"\)' cli --include='*.c' | cut -d '"' -f 2 | grep -vxE 'HOME|PATH' | sort -u)
    [ -z "$missing" ] || fail "$missing"
}

# complete WORD...: what bash offers for the last word, one a line
complete_words() {
    bash -c 'source "$1"; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _crumple "$1"; printf "%s\n" "${COMPREPLY[@]}"' \
        bash "$BUILD/completion/crumple.bash" "$@"
}

@test "completion: bash offers verbs, options and the words that they take" {
    want "verbs" "$(awk -F '\t' '$1 == "verb" && $2 !~ /^crumple-/ { print $2 }' "$PAGES/tables" | sort | paste -sd ' ')" \
        "$(complete_words crumple '' | grep -v '^-\|^help$' | sort | paste -sd ' ')"
    want "options of list" "$(awk -F '\t' '$1 == "option" && $2 == "list" { print "--" $4 ($5 == "" ? "" : "=") }' "$PAGES/tables" | sort)" \
        "$(complete_words crumple list -- | grep -v '^--help$' | sort)"
    want "words" "always" "$(complete_words crumple list --color = al)"
    want "words after a space" "no on-crash always" "$(complete_words crumple-run --restart '' | paste -sd ' ')"
    want "keys" "signature= signal=" "$(complete_words crumple list --where sig | paste -sd ' ')"
    want "choices of a variable" "full scrubbed none" "$(complete_words crumple run --stack = '' | paste -sd ' ')"
    want "commands" "true" "$(complete_words crumple-run -- true | grep -x true)"
    want "files" "$BUILD/man/tables" "$(complete_words crumple list "$BUILD/man/tabl")"
}

@test "completion: bash offers the bundles of the crash directory" {
    export CRUMPLE_DIR=$BATS_TEST_TMPDIR/crash
    "$ROOT/tests/cli/make_bundle.sh" "$CRUMPLE_DIR" 20260102T030405.000001Z-alpha-101
    PATH=$BUILD:$PATH run -0 complete_words crumple show 2026
    want "ids" 20260102T030405.000001Z-alpha-101 "$output"
    cd "$BATS_TEST_TMPDIR"
    PATH=$BUILD:$PATH run -0 complete_words crumple show g
    [[ $output =~ ^g[0-9a-f]{7}$ ]] || fail "$output"
}

@test "completion: the shells accept their files" {
    shellcheck "$BUILD/completion/crumple.bash"
    ! command -v zsh >/dev/null || zsh -n "$BUILD/completion/crumple.zsh"
    ! command -v fish >/dev/null || fish -n "$BUILD/completion/crumple.fish"
}

# ids_offered SHELL PROGRAM...: what SHELL offers after 'crumple show ' in the directory CRUMPLE_DIR
ids_offered() {
    local file=$BUILD/completion/crumple.$1
    case $1 in
    bash) bash --norc -c 'source "$1"; COMP_WORDS=(crumple show ""); COMP_CWORD=2; _crumple crumple; printf "%s\n" "${COMPREPLY[@]}"' - "$file" ;;
    zsh) zsh -f -c '_alternative() { eval "print -rl -- ${1#*compadd -V ids -- }" }; words=(x) CURRENT=9; source "$1"; _crumple_bundles' - "$file" ;;
    fish) fish --no-config -c "source '$file'; complete -C 'crumple show '" ;;
    esac
}

@test "completion: the name of a file in a crash directory is no command of the shell" {
    local shell dir=$BATS_TEST_TMPDIR
    mkdir "$dir/crashes" "$dir/bin" "$dir/here"
    ln -s "$BUILD/crumple" "$dir/bin/crumple"
    touch "$dir/crashes/"{20261120T181500.000001Z-server-77,'$(touch here)','`touch here`','x $(touch here)',"'; touch here;'",'${x:=`touch here`}','*'}.tar.zst
    cd "$dir/here"
    for shell in bash zsh fish; do
        command -v "$shell" >/dev/null || continue
        PATH=$dir/bin:$PATH CRUMPLE_DIR=$dir/crashes run ids_offered "$shell"
        [[ $output == *last* && $output == *20261120T181500.000001Z-server-77* ]] || fail "$shell: $output"
        [[ $output != *touch* && $output != *'*'* ]] || fail "$shell offers: $output"
        [ ! -e here ] || fail "$shell has run the name of a file"
    done
}
