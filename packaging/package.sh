#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Packages of a build, into BUILD/package: a .deb for Debian 12, an archive of the self-contained files, the SBOM, and
# SHA256SUMS of the three. The same build gives the same bytes; all times are SOURCE_DATE_EPOCH, by default that of the
# version in CHANGELOG.md.
#
#   package.sh [BUILD]
set -euo pipefail
export LC_ALL=C
umask 022
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
build=$(cd "${1:-$top/build}" && pwd)
out=$build/package
version=$("$here/version.sh")
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(date -u -d "$(sed -n 's/^## [0-9.]* (\(.*\))$/\1/p' "$top/CHANGELOG.md" | head -n 1)" +%s)}
export SOURCE_DATE_EPOCH
name=crumple-$version-linux-x86_64

# What is passed on: without debug information, which the build keeps (the build-id says which build it is of).
strip_programs() {
    local program
    mkdir -p "$out/$name/musl"
    for program in crumple crumple-drill crumple-run crumple-writer; do strip -R .comment -o "$out/$name/$program" "$build/$program"; done
    for program in libcrumple.so musl/libcrumple.so; do
        strip --strip-unneeded -R .comment -o "$out/$name/$program" "$build/$program"
    done
    chmod 755 "$out/$name"/* "$out/$name"/musl/*
}

# Copyright notices of what is linked in, and the licences that they refer to.
collect_licences() {
    local package
    mkdir -p "$1"
    "$here/linked.sh" "$build" | cut -f 2 | sort -u | while read -r package; do
        cp -L "/usr/share/doc/$package/copyright" "$1/$package.txt"
    done
    for package in GPL-2 GPL-3 LGPL-2 LGPL-2.1 LGPL-3; do cp -L "/usr/share/common-licenses/$package" "$1/$package.txt"; done
}

# Nothing in a folder is younger than the version, or differs by who has made it.
settle() {
    find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}

make_archive() {
    local to=$out/$name
    cp -r "$build/man" "$to/man"
    find "$to/man" -mindepth 1 -maxdepth 1 -not -name 'man[0-9]' -exec rm -rf {} +
    cp -r "$build/completion" "$to/completion"
    mkdir "$to/include"
    cp "$top/include/crumple.h" "$to/include/"
    cp "$top"/{LICENSE,NOTICE,CHANGELOG.md,README.md,SECURITY.md} "$out/sbom.spdx.json" "$here/install.sh" "$to/"
    mkdir "$to/docs"
    cp "$top"/docs/*.* "$to/docs/"
    collect_licences "$to/licenses"
    chmod -R u=rwX,go=rX "$to"
    (cd "$to" && find . -type f -printf '%P\n' | sort | xargs sha256sum >"$out/sums" && mv "$out/sums" SHA256SUMS)
    settle "$to"
    tar -C "$out" --sort=name --format=ustar --owner=0 --group=0 --numeric-owner -cf - "$name" | gzip -9n >"$out/$name.tar.gz"
}

make_deb() {
    local root=$out/root doc=$out/root/usr/share/doc/crumple
    DESTDIR=$root "$here/install.sh" install --prefix=/usr --from="$out/files" --without-list --zsh=zsh/vendor-completions
    find "$root/usr/share/man" -type f -exec gzip -9n {} +
    rm "$doc/LICENSE"
    mv "$doc/CHANGELOG.md" "$doc/changelog"
    debian_changelog >"$doc/changelog.Debian"
    gzip -9n "$doc/changelog" "$doc/changelog.Debian"
    cp "$here/debian/copyright" "$out/sbom.spdx.json" "$doc/"
    mkdir "$doc/licenses"
    cp "$out/$name"/licenses/lib*.txt "$out/$name"/licenses/zlib*.txt "$doc/licenses/"
    mkdir -p "$root/usr/share/lintian/overrides" "$root/DEBIAN"
    cp "$here/debian/lintian-overrides" "$root/usr/share/lintian/overrides/crumple"
    chmod -R u=rwX,go=rX "$root"
    control >"$root/DEBIAN/control"
    (cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
    settle "$root"
    # One thread: xz writes other bytes where there are more processors.
    dpkg-deb -Zxz --threads-max=1 --root-owner-group --build "$root" "$out/crumple_$version-1_amd64.deb" >/dev/null
}

# Of files alone: the size of a folder is its file system's affair.
installed_kib() {
    find "$out/root/usr" -type f -printf '%s\n' | awk '{ kib += int(($1 + 1023) / 1024) } END { print kib }'
}

control() {
    sed -e "s/@version@/$version-1/" -e "s/@size@/$(installed_kib)/" \
        -e "s/@sources@/$("$here/linked.sh" "$build" | awk -F '\t' '{ print $4 " (= " $5 ")" }' | sort -u | paste -sd ',' | sed 's/,/, /g')/" \
        "$here/debian/control"
}

debian_changelog() {
    printf 'crumple (%s-1) unstable; urgency=medium\n\n  * The changes are in changelog.gz.\n\n -- %s  %s\n' "$version" \
        "$(sed -n 's/^Maintainer: //p' "$here/debian/control")" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
}

rm -rf "$out"
mkdir -p "$out/files"
strip_programs
# What the archive and the package share: the six files, and what the build has made beside them.
cp -r "$out/$name"/* "$out/files/"
cp -r "$build/man" "$build/completion" "$out/files/"
"$here/sbom.sh" "$build" "$out/files" >"$out/sbom.spdx.json"
make_archive
make_deb
rm -rf "$out/root" "$out/files" "${out:?}/$name"
(cd "$out" && sha256sum -- *.deb *.tar.gz sbom.spdx.json >sums && mv sums SHA256SUMS)
sed "s|  |  $out/|" "$out/SHA256SUMS"
