# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A fresh Debian 12 in a folder: for bare.sh and package.sh. BARE_CACHE=FILE: a tar of it, used where it exists, else made.
SUITE=bookworm
MIRROR=http://deb.debian.org/debian

# The sources of this machine that are of the suite, one a line as apt reads them; the public mirror where it has none.
apt_sources() {
    local sources
    # shellcheck disable=SC2016
    sources=$(apt-get indextargets --format 'deb $(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
        grep -E "^deb [^ ]+ $SUITE(-[^ ]+)? main\$" | sort -u)
    echo "${sources:-deb $MIRROR $SUITE main}"
}

# fresh_root DIR: as debootstrap leaves it, and this machine's way to its packages (proxies, time checks).
fresh_root() {
    local root=$1 sources
    if [ -s "${BARE_CACHE-}" ]; then
        tar -C "$root" -xf "$BARE_CACHE"
        return
    fi
    command -v debootstrap >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends debootstrap; } >&2
    sources=$(apt_sources)
    debootstrap --variant=minbase "$SUITE" "$root" "$(awk -v suite="$SUITE" '$3 == suite { print $2; exit }' <<<"$sources")"
    echo "$sources" >"$root/etc/apt/sources.list"
    apt-config dump Acquire >"$root/etc/apt/apt.conf.d/50this-machine"
    cp -an /etc/apt/trusted.gpg.d/. "$root/etc/apt/trusted.gpg.d/"
    [ -z "${BARE_CACHE-}" ] || tar -C "$root" -cf "$BARE_CACHE" .
}
