#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Puts crumple into the folders of a system, or takes it out of them.
#
#   install.sh install|uninstall [--prefix=/usr/local] [--from=BUILD] [--without-list] [--zsh=FOLDER below share/]
#
# It lies in packaging/, beside build/, or in the folder of an unpacked archive. DESTDIR is put before the prefix, for
# packages. The six files go to PREFIX/lib/crumple by 'crumple install', which replaces each by rename: a server that
# runs keeps the file that it has mapped. So do all others here. Uninstalling takes away what the list of the
# installation names, and then the folders that are empty.
set -euo pipefail
export LC_ALL=C
umask 022
here=$(cd "$(dirname "$0")" && pwd)
from=$here
if [ ! -e "$here/libcrumple.so" ]; then
    here=$(dirname "$here")
    from=$here/build
fi
prefix=/usr/local with_list=1 zsh=zsh/site-functions
verb=${1-}

refuse() {
    echo "install.sh: $1" >&2
    exit 2
}

[ $# -eq 0 ] || shift
for word in "$@"; do
    case $word in
    --prefix=/*[!A-Za-z0-9/._+~-]*) refuse "the prefix '${word#*=}' has characters other than letters, digits and /._+~-" ;;
    --prefix=/*) prefix=${word#*=} ;;
    --from=?*) from=${word#*=} ;;
    --zsh=?*) zsh=${word#*=} ;;
    --without-list) with_list='' ;;
    *) refuse "'$word' is not an option; they are --prefix=/FOLDER, --from=BUILD, --without-list" ;;
    esac
done
prefix=${prefix%/}
root=${DESTDIR-}$prefix
list=$root/lib/crumple/installed
listed=()

# put MODE FROM TO: TO is below the prefix
put() {
    local temporary
    mkdir -p "$root/$(dirname "$3")"
    temporary=$(mktemp "$root/$(dirname "$3")/.crumple-XXXXXX")
    if ! { cp "$2" "$temporary" && chmod "$1" "$temporary" && mv -fT "$temporary" "$root/$3"; }; then
        rm -f "$temporary"
        exit 1
    fi
    listed+=("$3")
}

# point TO NAME: a link at NAME below the prefix
point() {
    local temporary
    mkdir -p "$root/$(dirname "$2")"
    temporary=$root/$(dirname "$2")/.crumple-link-$$
    if ! { ln -sfn "$1" "$temporary" && mv -fT "$temporary" "$root/$2"; }; then
        rm -f "$temporary"
        exit 1
    fi
    listed+=("$2")
}

put_programs() {
    local name
    mkdir -p "$root/lib"
    for name in crumple-writer libcrumple.so musl/libcrumple.so crumple crumple-drill crumple-run; do listed+=("lib/crumple/$name"); done
    "$from/crumple" install "$root/lib/crumple" >/dev/null
    for name in crumple crumple-run crumple-drill; do point "../lib/crumple/$name" "bin/$name"; done
    put 644 "$here/include/crumple.h" include/crumple.h
}

put_pages() {
    local page
    for page in "$from"/man/man?/*.[0-9]; do
        # their examples name the files of the package
        sed "s|/usr/lib/crumple|$prefix/lib/crumple|" "$page" >"$scratch"
        put 644 "$scratch" "share/man/$(basename "$(dirname "$page")")/$(basename "$page")"
    done
    put 644 "$from/completion/crumple.bash" share/bash-completion/completions/crumple
    for page in crumple-run crumple-drill; do point crumple "share/bash-completion/completions/$page"; done
    put 644 "$from/completion/crumple.zsh" "share/$zsh/_crumple"
    put 644 "$from/completion/crumple.fish" share/fish/vendor_completions.d/crumple.fish
    for page in "$here"/{README,SECURITY,CHANGELOG}.md "$here"/{LICENSE,NOTICE} "$here"/docs/*.*; do
        put 644 "$page" "share/doc/crumple/${page#"$here"/}"
    done
}

# Also what an older version had installed, and this one has not.
write_list() {
    local old
    [ ! -e "$list" ] || while read -r old; do
        [[ " ${listed[*]} " == *" $old "* ]] || take "$old"
    done < <(names "$list")
    printf '%s\n' "${listed[@]}" lib/crumple/installed >"$list.tmp"
    mv -fT "$list.tmp" "$list"
}

# What was put before something failed can be uninstalled, too.
end() {
    local status=$?
    rm -f "$scratch"
    [ "$status" -eq 0 ] || [ -z "$with_list" ] || [ ! -d "$root/lib/crumple" ] ||
        printf '%s\n' "${listed[@]}" lib/crumple/installed >>"$list"
}

# Names below the prefix, and no others: the list is a file that anybody may have edited.
names() {
    grep -E '^(bin|include|lib|share)/[A-Za-z0-9_./-]+$' "$1" | grep -vE '(^|/)\.\.(/|$)'
}

# take NAME: the file or link, and its folder if it is one of crumple's own and empty
take() {
    [ -d "$root/$1" ] || rm -f "$root/$1"
    case $1 in
    lib/crumple/* | share/doc/crumple/*) rmdir "$root/$(dirname "$1")" 2>/dev/null || true ;;
    esac
}

case $verb in
install)
    for name in crumple man/man1/crumple.1 completion/crumple.bash; do
        [ -e "$from/$name" ] || {
            echo "install.sh: '$from/$name' does not exist: './build.sh install' builds it; nothing was installed" >&2
            exit 1
        }
    done
    scratch=$(mktemp)
    trap end EXIT
    put_programs
    put_pages
    [ -z "$with_list" ] || write_list
    [ -n "${DESTDIR-}" ] || echo "installed below ${prefix:-/}; LD_PRELOAD=$prefix/lib/crumple/libcrumple.so, or $prefix/bin/crumple-run -- COMMAND"
    ;;
uninstall)
    [ -e "$list" ] || {
        echo "install.sh: '$list' does not exist; nothing was removed" >&2
        exit 1
    }
    mapfile -t listed < <(names "$list")
    for name in "${listed[@]}"; do take "$name"; done
    rmdir "$root/share/doc/crumple" 2>/dev/null || true
    [ -n "${DESTDIR-}" ] || echo "removed ${#listed[@]} files below ${prefix:-/}; servers that run keep what they have"
    ;;
*)
    echo "usage: install.sh install|uninstall [--prefix=/FOLDER]" >&2
    exit 2
    ;;
esac
