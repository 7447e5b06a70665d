#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ./build.sh install and package, into folders; tests/long/package.sh does it in a Debian of its own.
bats_require_minimum_version 1.5.0
load ../lib

setup() {
    trace_test
    unset "${!CRUMPLE@}"
    TMP=$BATS_TEST_TMPDIR
    export DESTDIR=$TMP/root CRUMPLE_DIR=$TMP/crash
}

# install_below [OPTION...]
install_below() {
    "$ROOT/packaging/install.sh" install --from="$BUILD" "$@"
}

@test "install: a server below the installed files leaves a bundle, which the installed crumple shows" {
    install_below
    local bin=$DESTDIR/usr/local/bin
    [ "$(find "$DESTDIR" -perm /022 -not -type l | wc -l)" -eq 0 ]
    [ "$(find "$DESTDIR" -name '.crumple-*' -o -name '*.tmp' | wc -l)" -eq 0 ]
    run -139 "$bin/crumple-run" -- "$T/victim" null-write
    # the command that the crash has printed, as it stands
    run -0 sh -c "$(sed -n 's/^crumple: report: //p' <<<"$output")"
    [[ $output == *SIGSEGV*write_through_null* ]] || fail "$output"
    run -0 "$bin/crumple" show last
    run -0 "$bin/crumple" drill --version
    cmp "$BUILD/musl/libcrumple.so" "$DESTDIR/usr/local/lib/crumple/musl/libcrumple.so"
    # the pages that manpath(1) looks for, and what shells look for
    for file in share/man/man1/crumple-run.1 share/man/man5/crumple-bundle.5 share/man/man7/crumple.7 include/crumple.h \
        share/bash-completion/completions/crumple-run share/zsh/site-functions/_crumple share/doc/crumple/NOTICE; do
        [ -s "$DESTDIR/usr/local/$file" ] || fail "no $file"
    done
    grep -q '^Environment=LD_PRELOAD=/usr/local/lib/crumple/libcrumple.so' "$DESTDIR/usr/local/share/man/man7/crumple.7"
}

@test "install: once more replaces each file by rename, and takes away what is not of this version any more" {
    local before after file
    install_below --prefix=/opt/it
    cd "$DESTDIR/opt/it"
    echo old >share/man/man1/crumple-former.1
    echo theirs >share/man/man1/other.1
    printf '%s\n' share/man/man1/crumple-former.1 ../../outside /etc/passwd share/../../escaped >>lib/crumple/installed
    echo outside >"$TMP/outside"
    echo escaped >"$DESTDIR/opt/escaped"
    before=$(stat -c '%n %i' lib/crumple/libcrumple.so share/man/man1/crumple.1 bin/crumple)
    # a reader that has the file open, as a running server has it mapped, keeps the old one
    exec 7<lib/crumple/libcrumple.so
    install_below --prefix=/opt/it
    after=$(stat -c '%n %i' lib/crumple/libcrumple.so share/man/man1/crumple.1 bin/crumple)
    [ "$(comm -12 <(sort <<<"$before") <(sort <<<"$after") | wc -l)" -eq 0 ] || fail "$before" "$after"
    [ "$(stat -Lc %h /dev/fd/7)" -eq 0 ]
    cmp /dev/fd/7 "$BUILD/libcrumple.so"
    exec 7<&-
    [ ! -e share/man/man1/crumple-former.1 ] && [ -e share/man/man1/other.1 ] && [ -e "$TMP/outside" ] && [ -e "$DESTDIR/opt/escaped" ]
}

@test "uninstall: nothing of crumple is left, and nothing else is gone" {
    install_below
    echo theirs >"$DESTDIR/usr/local/bin/other"
    "$ROOT/packaging/install.sh" uninstall
    want "left" "./usr/local/bin/other" "$(cd "$DESTDIR" && find . -not -type d)"
    [ ! -e "$DESTDIR/usr/local/lib/crumple" ] && [ ! -e "$DESTDIR/usr/local/share/doc/crumple" ]
    run -1 "$ROOT/packaging/install.sh" uninstall
    [[ $output == *"nothing was removed"* ]]
    run -2 "$ROOT/packaging/install.sh" install --prefix=relative
    run -2 "$ROOT/packaging/install.sh" install '--prefix=/a b'
    run -2 "$ROOT/packaging/install.sh"
}

@test "install: what fails in the middle leaves no half file, and can be uninstalled" {
    mkdir -p "$DESTDIR/usr/local/bin/crumple-run/in-the-way"
    run -1 install_below
    [[ $output == *crumple-run* ]]
    [ -x "$DESTDIR/usr/local/bin/crumple" ]
    want "half files" "" "$(find "$DESTDIR" -name '.crumple-*')"
    "$ROOT/packaging/install.sh" uninstall
    want "left" "" "$(find "$DESTDIR" -not -type d)"
    [ -d "$DESTDIR/usr/local/bin/crumple-run/in-the-way" ]
}

# NOTICE's table: 'glibc: crumple crumple-drill ...'
noticed() {
    sed -n '/^  -----/,/^$/p' "$ROOT/NOTICE" | sed 's/all four/crumple, crumple-writer, crumple-drill, crumple-run/; s/, and /, /' |
        awk '/^  [a-z]/ { source = $1; sub(/^.*   /, ""); gsub(/,/, ""); for (i = 1; i <= NF; i++) print source ": " $i }' | sort
}

@test "NOTICE names each source package that is linked in, and in which files" {
    "$ROOT/packaging/linked.sh" "$BUILD" >"$TMP/linked"
    diff <(noticed) <(awk -F '\t' '{ print $4 ": " $1 }' "$TMP/linked" | sort -u)
}

@test "the SBOM has every file with its checksum, and every package with version and licence" {
    SOURCE_DATE_EPOCH=1000000000 "$ROOT/packaging/sbom.sh" "$BUILD" "$BUILD" >"$TMP/sbom.json"
    gojq -e --arg sum "$(sha256sum <"$BUILD/libcrumple.so" | cut -d ' ' -f 1)" '
        .spdxVersion == "SPDX-2.3" and .creationInfo.created == "2001-09-09T01:46:40Z" and
        ([.files[] | select(.fileName == "./libcrumple.so") | .checksums[] | select(.algorithm == "SHA256") | .checksumValue] == [$sum]) and
        (.files | length) == 6 and ([.packages[] | .SPDXID, .versionInfo, .licenseDeclared] | all(length > 0)) and
        ([.packages[].SPDXID, .files[].SPDXID, "SPDXRef-DOCUMENT"] as $ids |
            [.relationships[] | .spdxElementId, .relatedSpdxElement] | all(IN($ids[]))) and
        ([.relationships[] | select(.relationshipType == "STATIC_LINK") | .spdxElementId] | unique | length == 6)' "$TMP/sbom.json" >"$TMP/answer" ||
        fail "$(cat "$TMP/sbom.json")"
}

@test "CHANGELOG.md begins with this version" {
    want "version" "$("$ROOT/packaging/version.sh")" "$(sed -n 's/^## \([0-9.]*\) (20[0-9-]*)$/\1/p' "$ROOT/CHANGELOG.md" | head -n 1)"
}
