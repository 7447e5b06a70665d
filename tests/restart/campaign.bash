# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A campaign of deaths, for tests/long: each part begins with 'fresh'; 'bad' counts what went wrong.

# shellcheck source=tests/restart/servers.bash
source "${BASH_SOURCE[0]%/*}/servers.bash"
top=$(mktemp -d /tmp/crumple-campaign-XXXXXX)
chmod 755 "$top"
# shellcheck disable=SC2034 # for those that load this
bad=0
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    end_all
    rm -rf "$top"
}
trap clean_up EXIT

fresh() {
    WORK=$(mktemp -d "$top/XXXXXX")
    chmod 755 "$WORK"
    export CRUMPLE_DIR=$WORK/crashes
    cd "$WORK" || exit 1
    PORT=$(low_port)
}

complain() {
    bad=$((bad + 1))
    echo "BAD: $*"
    tail -n 20 "$WORK/log"
}
