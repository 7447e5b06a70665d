#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Processes that are not what they were when they started: daemons, other users, other roots, replaced files
# (rows 58 and 75). 'become' takes its steps and faults in a worker; one more thread is beside it.

load helpers

setup() {
    setup_crash
    LIMIT_MS=10000
}

teardown() { teardown_crash; }

same_fault() {
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_title SIGSEGV write_through_null 'NULL pointer'
    expect_calls write_through_null "${1:-become}"
    want "captured" "${2:-3}" "$(report '[.threads[] | select(.state == "captured")] | length')"
}

# Behind chroot the writer does not see the files: names are those that the process has in memory, the exported ones.
same_fault_from_memory() {
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_title SIGSEGV write_through_null 'NULL pointer'
    expect_function write_through_null
    want "modules of its frames" "victim victim libcrumple.so $(by_libc 'libc.so.6 libc.so.6' libc.so)" \
        "$(report '[.threads[0].frames[1:][].module | split("/") | last] | join(" ")')"
    want "captured" 3 "$(report '[.threads[] | select(.state == "captured")] | length')"
}

# drops HOW: a root process becomes user 65534; the bundle is in that user's directory.
drops() {
    needs_root
    public_copy
    BUNDLE_UID=65534
    crash become "$@"
    same_fault
    want "owner of the bundle" 65534 "$(stat -c %u "$BUNDLE")"
    want "owner of its directory" 65534 "$(stat -c %u "$(dirname "$BUNDLE")")"
    want "mode of the crash directory" 711 "$(stat -c %a "$CRASHES")"
}

@test "setuid: the bundle is the new user's [row 58]" { drops setuid:65534; }
@test "seteuid: the bundle is the new user's [row 58]" { drops seteuid:65534; }
@test "setreuid: the bundle is the new user's [row 58]" { drops setreuid:65534; }
@test "setresuid: the bundle is the new user's [row 58]" { drops setresuid:65534; }

@test "setuid by root that may give nothing away: the bundle is the new user's [row 58]" {
    local left
    drops umask:077 only-setuid setuid:65534
    # What an earlier version has left to root is no obstacle.
    rm -r "${CRASHES:?}/65534"
    mkdir "$CRASHES/65534"
    drops only-setuid setuid:65534
    left=$(find "$CRASHES" -mindepth 1 -maxdepth 1 ! -name 0 ! -name 65534)
    want "what is left" "" "$left"
    [ ! -s "$TMP/without.err" ] || fail "$(cat "$TMP/without.err")"
}

@test "setuid where the new user's directory cannot be made: a line says where bundles go, and what to do [row 58]" {
    needs_root
    public_copy
    mkdir -m 711 "$CRASHES"
    mkdir -m 700 "$CRASHES/65534"
    touch "$CRASHES/65534/foreign" # root's, and not to be removed
    SHIM=(TMPDIR="$COPY/tmp") BUNDLES=0
    crash become setuid:65534
    want "status" 11 "$(status_of with signal)"
    grep -qxF "crumple: cannot use crash directory '$CRASHES': Operation not permitted; bundles will go to '$COPY/tmp/crumple-65534'; \
what helps: install -d -m 700 -o 65534 '$CRASHES/65534'" "$TMP/with.err" || fail "$(cat "$TMP/with.err")"
    rmdir "$TMP/fallback"
    ln -s "$COPY/tmp" "$TMP/fallback"
    BUNDLE_UID=65534 in_fallback
}

@test "neither crash directory can be had: the line at the start says that bundles will be lost [row 58]" {
    needs_root
    command -v setpriv >/dev/null || skip "no setpriv"
    public_copy
    mkdir -m 711 "$CRASHES"
    mkdir "$COPY/tmp/crumple-65534" # root's
    BUNDLES=0 SHIM=(CRUMPLE_ONLY=victim TMPDIR="$COPY/tmp") VICTIM=setpriv
    crash --reuid 65534 --regid 65534 --clear-groups "$COPY/victim" become
    expect_said "Permission denied; nor '$COPY/tmp/crumple-65534': Operation not permitted; crashes will leave no bundle; what helps: install -d"
    SHIM=(CRUMPLE_ONLY=victim TMPDIR="$COPY")
    crash --reuid 65534 --regid 65534 --clear-groups "$COPY/victim" become
    expect_said "Permission denied; nor '$COPY/crumple-65534': Permission denied; crashes will leave no bundle; what helps: install -d"
}

@test "after unshare of the PID namespace without a fork the faulting thread reports by itself [row 59]" {
    needs_root
    [[ $(cat /proc/sys/kernel/core_pattern) != [\|@]* ]] || skip "cores go to a program"
    ulimit -S -c 0
    crash become new-pids
    same_fault
    rm -rf "$CRASHES"
    BUNDLES=0 PENDING=1
    ulimit -S -c 1
    crash become new-pids
    collect_pending
    same_fault
}

@test "setuid, with bundles and writer below a directory that not everybody may search: a report [row 58]" {
    needs_root
    public_copy
    chmod 700 "$COPY"
    BUNDLE_UID=65534
    crash become setuid:65534
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_title SIGSEGV write_through_null
}

@test "a thread that changes its user by the bare system call: the fallback directory [row 58]" {
    needs_root
    public_copy
    SHIM=(TMPDIR="$COPY/tmp") BUNDLES=0
    crash become raw-setuid:65534
    want "status" 11 "$(status_of with signal)"
    expect_said "$CRASHES"
    rmdir "$TMP/fallback"
    ln -s "$COPY/tmp" "$TMP/fallback"
    BUNDLE_UID=65534 in_fallback
    # The others are still root's: a process of the new user may not stop them.
    same_fault become 1
    want "reasons" 2 "$(report '[.threads[] | select(.state == "missing" and .reason != null)] | length')"
}

@test "setfsuid: files are still the effective user's [row 58]" {
    needs_root
    crash become setfsuid:65534
    same_fault
}

@test "a program started as another user, with a crash directory that only root may write, uses the fallback [row 58]" {
    needs_root
    command -v setpriv >/dev/null || skip "no setpriv"
    public_copy
    mkdir -m 711 "$CRASHES"
    BUNDLES=0 SHIM=(CRUMPLE_ONLY=victim TMPDIR="$COPY/tmp") VICTIM=setpriv
    crash --reuid 65534 --regid 65534 --clear-groups "$COPY/victim" become
    want "status" 11 "$(status_of with signal)"
    expect_said "cannot use crash directory '$CRASHES': Permission denied; bundles will go to '$COPY/tmp/crumple-65534'"
    want "lines about it" 1 "$(grep -c "cannot use crash directory" "$TMP/with.err")"
    sed -n "s/.*what helps: //p" "$TMP/with.err" >"$TMP/advice"
    rmdir "$TMP/fallback"
    ln -s "$COPY/tmp" "$TMP/fallback"
    BUNDLE_UID=65534 in_fallback
    # The advice is a command, and it helps.
    sh "$TMP/advice"
    CRASHES=$COPY/crashes BUNDLES=1 BUNDLE_UID=65534
    crash --reuid 65534 --regid 65534 --clear-groups "$COPY/victim" become
    want "owner of the bundle" 65534 "$(stat -c %u "$BUNDLE")"
}

@test "a program started as another user makes its crash directory in a volume that others can write to [row 58]" {
    needs_root
    command -v setpriv >/dev/null || skip "no setpriv"
    public_copy
    mkdir -m 0777 "$COPY/volume"
    CRASHES=$COPY/volume/bundles BUNDLE_UID=65534 SHIM=(CRUMPLE_ONLY=victim) VICTIM=setpriv
    crash --reuid 65534 --regid 65534 --clear-groups "$COPY/victim" become
    want "owner and mode" "65534 711" "$(stat -c '%u %a' "$CRASHES")"
    want "lines about it" 0 "$(grep -c "cannot use" "$TMP/with.err")"
}

# musl: redis and setpriv are of glibc
# bats test_tags=glibc
@test "redis started as another user leaves its bundle as that user [row 58]" {
    local waited
    needs_root
    command -v redis-server setpriv >/dev/null || skip "no redis-server or no setpriv"
    public_copy
    printf '%s\n' 'port 0' "unixsocket $COPY/tmp/socket" "dir $COPY/tmp" 'save ""' 'enable-debug-command yes' 'crash-memcheck-enabled no' \
        'daemonize no' >"$COPY/redis.conf"
    "$T/runner" -o "$TMP/with.status" env TMPDIR="$COPY/tmp" CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$BUILD$LIBC/libcrumple.so" \
        setpriv --reuid 65534 --regid 65534 --clear-groups redis-server "$COPY/redis.conf" \
        >"$TMP/with.out" 2>"$TMP/with.err" </dev/null &
    for waited in {1..1000}; do
        redis-cli -s "$COPY/tmp/socket" ping >/dev/null 2>&1 && break
        sleep 0.01
    done
    redis-cli -s "$COPY/tmp/socket" debug segfault >/dev/null 2>&1 || true
    wait $! || fail "redis hangs after $waited looks"
    want "status" 11 "$(status_of with signal)"
    BUNDLE_UID=65534 right_files
    right_index
    want "uid" 65534 "$(report .uid)"
    expect_title SIGSEGV
}

# musl: setpriv is of glibc
# bats test_tags=glibc
@test "the shim in setpriv makes the new user's crash directory before setpriv drops its rights [row 58]" {
    needs_root
    command -v setpriv >/dev/null || skip "no setpriv"
    public_copy
    mkdir -m 711 "$CRASHES"
    BUNDLE_UID=65534 VICTIM=setpriv
    crash --reuid 65534 --regid 65534 --clear-groups "$COPY/victim" become
    same_fault
}

@test "a program started as another user uses a crash directory that an administrator has opened to all [row 58]" {
    needs_root
    command -v setpriv >/dev/null || skip "no setpriv"
    public_copy
    mkdir -m 1733 "$CRASHES"
    BUNDLE_UID=65534 VICTIM=setpriv SHIM=(CRUMPLE_ONLY=victim)
    crash --reuid 65534 --regid 65534 --clear-groups "$COPY/victim" become
    same_fault
    want "mode of the crash directory" 1733 "$(stat -c %a "$CRASHES")"
}

@test "another user's directory under the name of this one is not used [row 58]" {
    needs_root
    public_copy
    mkdir -m 1733 "$CRASHES"
    mkdir -m 777 "$CRASHES/0"
    chown 65534 "$CRASHES/0"
    BUNDLES=0
    crash become
    want "status" 11 "$(status_of with signal)"
    expect_said "Operation not permitted"
    [ -z "$(find "$CRASHES" -type f)" ] || fail "$(find "$CRASHES")"
    in_fallback
}

@test "a process that has dropped its capabilities leaves its bundle [row 58]" {
    needs_root
    crash become no-capabilities
    same_fault
}

@test "a process that is not dumpable and has no new privileges leaves a bundle without a core [row 58]" {
    PARTIAL=yes
    crash become not-dumpable no-new-privileges
    same_fault
    want "core" 0 "$(tar --zstd -tf "$BUNDLE" | grep -cx core)" # tests/crash/undumpable.bats
}

@test "umask 0777 and 0 do not change the modes of bundles [row 58]" {
    crash become umask:777
    same_fault
    rm -rf "$CRASHES"
    crash become umask:0
    same_fault
    (umask 777 && run_with become) || true
    want "bundles" 2 "$(count_files '*.tar.zst')"
}

@test "a deleted working directory does not hinder a report [row 58]" {
    mkdir -p cwd && cd cwd
    crash become no-directory
    same_fault
}

@test "after chroot the bundle is where it always is [row 58]" {
    needs_root
    mkdir "$TMP/jail"
    crash become "chroot:$TMP/jail"
    same_fault_from_memory
    want "what could not be captured" 0 "$(report '.soft_errors | length')"
}

@test "after chroot and setuid the bundle is the new user's [row 58]" {
    needs_root
    public_copy
    mkdir "$COPY/jail"
    BUNDLE_UID=65534
    crash become "chroot:$COPY/jail" setuid:65534
    same_fault_from_memory
}

@test "after two chroots, one after the other, the bundle is where it always is [row 58]" {
    needs_root
    mkdir -p "$TMP/jail/inner"
    crash become "chroot:$TMP/jail" chroot:/inner
    same_fault_from_memory
}

@test "after chroot with a limit of 100 descriptors the bundle is where it always is [row 58]" {
    needs_root
    mkdir "$TMP/jail"
    ulimit -n 100
    crash become "chroot:$TMP/jail"
    same_fault_from_memory
}

# A path that goes by a held descriptor, as a client of a file server might send it, stays inside.
@test "the descriptors held after chroot are no way out [row 58]" {
    needs_root
    mkdir -p "$TMP/jail/proc"
    mount -t proc proc "$TMP/jail/proc"
    run "$T/runner" -o "$TMP/with.status" env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$BUILD$LIBC/libcrumple.so" \
        "$VICTIM" become-alone "chroot:$TMP/jail" look-out
    umount "$TMP/jail/proc"
    want "status" "0 0" "$(status_of with signal) $(status_of with exit)"
    [ "$(sed -n s/held=//p <<<"$output")" -ge 3 ] || fail "nothing was held: $output"
    [[ $output == *"outside=0"* ]] || fail "$output"
}

@test "after chroot with a limit of 40 descriptors none is held: the words on stderr [row 58]" {
    needs_root
    mkdir "$TMP/jail"
    ulimit -n 40
    BUNDLES=0
    crash become "chroot:$TMP/jail"
    want "status" 11 "$(status_of with signal)"
    expect_said "this crash leaves no bundle"
}

@test "after chroot with all descriptors closed: a core in TMPDIR of the new root [row 58]" {
    needs_root
    mkdir -p "$TMP/jail/tmp"
    SHIM=(TMPDIR=/tmp) BUNDLES=0
    crash become "chroot:$TMP/jail" closefrom
    want "status" 11 "$(status_of with signal)"
    expect_said "cannot write to '$CRASHES/0': No such file or directory"
    expect_said "the core is kept as '/tmp/crumple-0/"
    CRASHES=$TMP/jail/tmp/crumple-0
    want "cores" 1 "$(count_files '*.core')"
    "$BUILD/crumple" collect --force "$CRASHES" >"$TMP/collect.out" 2>&1 || fail "$(cat "$TMP/collect.out")"
    BUNDLE=$(find "$CRASHES" -name '*.tar.zst')
    read_report "$BUNDLE"
    same_fault
}

@test "after chroot with all descriptors closed and nothing to write to: the words on stderr [row 58]" {
    needs_root
    mkdir "$TMP/jail"
    BUNDLES=0
    crash become "chroot:$TMP/jail" closefrom
    want "status" 11 "$(status_of with signal)"
    expect_said "this crash leaves no bundle"
    expect_said "SIGSEGV at address 0x0 in victim, pid"
}

# Below another root the path of the writer is somebody else's file, and we may be root.
@test "a writer that lies in the new root is not run [row 58]" {
    needs_root
    mkdir -p "$TMP/jail/tmp" "$TMP/jail$BUILD"
    cp "$T/crashing_writer" "$TMP/jail$BUILD/crumple-writer"
    SHIM=(TMPDIR=/tmp) BUNDLES=0
    crash become "chroot:$TMP/jail" closefrom
    expect_said "crumple-writer could not be started"
    want "cores" 1 "$(find "$TMP/jail/tmp" -name '*.core' | wc -l)"
}

@test "after chroot by the bare system call nothing is held: the words on stderr [row 58]" {
    needs_root
    mkdir "$TMP/jail"
    BUNDLES=0
    crash become "raw-chroot:$TMP/jail"
    want "status" 11 "$(status_of with signal)"
    expect_said "this crash leaves no bundle"
}

# musl: without its code, which is in the file, _start is a guess
# bats test_tags=glibc
@test "after chroot the program's file is removed before the fault: names come from memory [row 75]" {
    needs_root
    mkdir "$TMP/jail"
    cp "$T$LIBC/victim" "$TMP/server"
    VICTIM=$TMP/server
    crash_again remove "chroot:$TMP/jail"
    expect_calls write_through_null
}

@test "calls that would change the root, and are refused, say so and leave no descriptor open" {
    BUNDLES=0
    run_without refused-roots
    run_with refused-roots
    same_death
    want "what they said" "$(cat "$TMP/without.out")" "$(cat "$TMP/with.out")"
    want "lines" 9 "$(wc -l <"$TMP/with.out")"
}

# A container's file system without /proc and /dev, and with everything of crumple in it.
@test "a program started in a jail that has neither /proc nor /dev" {
    local file
    needs_root
    mkdir -p "$TMP/jail"
    for file in $(by_libc "$(ldd "$T/victim" "$BUILD/libcrumple.so" | grep -oE '/lib[^ :]*\.so\.[0-9]+' | sort -u)" /lib/ld-musl-x86_64.so.1); do
        cp --parents "$file" "$TMP/jail/"
    done
    cp "$T$LIBC/victim" "$BUILD$LIBC/libcrumple.so" "$BUILD/crumple-writer" "$TMP/jail/"
    # The dynamic linker of chroot(8) itself, outside, says that it cannot find the library.
    "$T/runner" -g 1000 -o "$TMP/with.status" env LD_PRELOAD=/libcrumple.so chroot "$TMP/jail" /victim become-alone \
        >"$TMP/with.out" 2>"$TMP/with.err" </dev/null ||
        fail "it hangs: $(cat "$TMP/with.err")"
    want "status" 11 "$(status_of with signal)"
    CRASHES=$TMP/jail/var/crash/crumple
    BUNDLE=$(find "$CRASHES" -name '*.tar.zst')
    read_report "$BUNDLE"
    same_fault become_alone 2
}

# daemon HOW: double fork, setsid, all descriptors closed, and then the fault.
daemon() {
    run_without daemon "$@"
    run_with daemon "$@"
    same_death
    want "exit status" 3 "$(status_of with exit)"
    want "the daemon's end" 11/0 "$(fact ended)"
    right_files
    right_index
    right_threads
    expect_calls write_through_null become become_daemon
}

@test "a daemon that closes descriptors 0 to 1023 leaves its bundle [row 58]" { daemon close; }
@test "a daemon that calls closefrom leaves its bundle [row 58]" { daemon closefrom; }
@test "a daemon that calls close_range leaves its bundle [row 58]" { daemon close-range; }

@test "what is said never goes to a client whose connection has become descriptor 2 [row 58]" {
    run_without stderr-is-client
    run_with stderr-is-client
    same_death
    want "bytes the client has read" 0 "$(fact read)"
    right_files
    right_index
    [ ! -s "$TMP/with.err" ] || fail "$(cat "$TMP/with.err")"
}

# The victim by another path, so that its file can be removed.
@test "the program's file is removed: names and stacks come from memory [row 75]" {
    cp "$T$LIBC/victim" "$TMP/server"
    VICTIM=$TMP/server
    crash_again remove
    expect_calls write_through_null
    want "functions" write_through_null "$(report '.threads[0].frames[0].function')"
}

@test "the program's file is replaced: the report says so, and no name comes from the new one [row 75]" {
    cp "$T$LIBC/victim" "$TMP/server"
    VICTIM=$TMP/server
    crash_again replace
    expect_calls write_through_null
    tar --zstd -xOf "$BUNDLE" report.txt >"$TMP/report.txt"
    grep -q "differ from those that ran" "$TMP/report.txt" || fail "$(cat "$TMP/report.txt")"
}

# crash_again STEP [STEP...]: the file is there anew for each of the two runs.
crash_again() {
    local step=$1
    shift
    run_without become "$step:$VICTIM" "$@"
    rm -f "$VICTIM"
    cp "$T$LIBC/victim" "$VICTIM"
    run_with become "$step:$VICTIM" "$@"
    same_death
    right_files
    right_index
    right_threads
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    unwound_to_start
}

# LD_PRELOAD does not reach such a program, /etc/ld.so.preload does; who starts it chooses its environment.
# musl: the tools around it are of glibc, and the loader of musl has no preload file
# bats test_tags=glibc
@test "a program with more rights than who starts it is left alone, also where ld.so.preload brings the shim" {
    needs_root
    public_copy
    cp "$T/false_writer" "$COPY/writer"
    install -m 4755 "$COPY/victim" "$COPY/setuid"
    mkdir -m 1777 "$CRASHES"
    echo "$COPY$LIBC/libcrumple.so" >"$TMP/preload"
    cat >"$TMP/in_namespace" <<END
export CRUMPLE_DIR="$CRASHES" # setpriv, too, loads the shim, as root: else it makes the machine's own crash directory
mount --make-rprivate / && touch /etc/ld.so.preload && mount --bind "$TMP/preload" /etc/ld.so.preload || exit 77
setpriv --reuid 65534 --regid 65534 --clear-groups env CRUMPLE_WRITER="$COPY/writer" \
    TMPDIR="$COPY/tmp" "$COPY/\$1" null-write
echo "status \$?"
END
    [ ! -e /etc/ld.so.preload ] || skip "this machine has an ld.so.preload"
    run unshare -m bash "$TMP/in_namespace" victim
    rm -f /etc/ld.so.preload
    [[ $output == *"status 139"* && $output == *"crumple: "* ]] || fail "the shim was not there: $output"
    run unshare -m bash "$TMP/in_namespace" setuid
    rm -f /etc/ld.so.preload
    [[ $output == *"status 139"* && $output != *"crumple: "* ]] || fail "$output"
}

# said_of_programs N WORDS: how often it was said, and that nothing else was.
said_of_programs() {
    want "lines" "$1" "$(grep -c "^crumple: .*runs without crumple.*because $2\$" "$TMP/with.err")"
    want "all lines" "$1" "$(wc -l <"$TMP/with.err")"
    want "what the program did" "$(grep ^status "$TMP/without.out")" "$(grep ^status "$TMP/with.out")"
}

# musl: musl has no preload file
# bats test_tags=glibc
@test "a program that the loader gives no preloads is named once, whoever starts it, and others are not" {
    needs_root
    public_copy
    BUNDLES=0
    install -m 4755 -o 65534 /bin/true "$COPY/setuid"
    crash exec-thrice 0 "$COPY/setuid"
    said_of_programs 1 "it is setuid"
    crash exec-thrice 65534 /bin/true
    said_of_programs 1 "the effective user of this process is not its real user"
    crash exec-thrice 0 /bin/true
    said_of_programs 0 ""
    crash exec-thrice 65534 true
    said_of_programs 1 "the effective user of this process is not its real user"
    crash exec-thrice 65534 /nonexistent/true
    said_of_programs 0 ""
    SHIM=(CRUMPLE_STDERR=off)
    crash exec-thrice 0 "$COPY/setuid"
    said_of_programs 0 ""
}

# refused_base WHY: nothing is written to the crash directory, one line says why, and the fallback has the bundle.
refused_base() {
    BUNDLES=0
    crash become
    want "status" 11 "$(status_of with signal)"
    grep -q "^crumple: cannot use crash directory '$CRASHES': $1; bundles will go to" "$TMP/with.err" ||
        fail "not said: $1" "$(cat "$TMP/with.err")"
    [ -z "$(find "$CRASHES" -type f)" ] || fail "$(find "$CRASHES")"
    in_fallback
}

@test "a crash directory in which others can replace names is not used" {
    needs_root
    public_copy
    mkdir -m 0777 "$CRASHES"
    refused_base "others can replace directories in it (chmod go-w, or add the sticky bit)"
}

@test "a crash directory of another user is not used by root, but by this user after the drop" {
    needs_root
    public_copy
    mkdir -m 0755 "$CRASHES"
    chown 65534 "$CRASHES"
    BUNDLE_UID=65534 VICTIM=setpriv SHIM=(CRUMPLE_ONLY=victim)
    crash --reuid 65534 --regid 65534 --clear-groups "$COPY/victim" become
    same_fault
    rm -rf "$CRASHES"
    mkdir -m 0755 "$CRASHES"
    chown 65534 "$CRASHES"
    BUNDLE_UID='' VICTIM=$COPY/victim SHIM=()
    refused_base "it belongs to user 65534"
}

@test "a link in place of the user's directory is not followed" {
    needs_root
    public_copy
    mkdir -m 1777 "$CRASHES"
    mkdir -m 0700 "$TMP/elsewhere"
    ln -s "$TMP/elsewhere" "$CRASHES/0"
    BUNDLES=0
    crash become
    want "status" 11 "$(status_of with signal)"
    [ -z "$(ls "$TMP/elsewhere")" ] || fail "$(ls "$TMP/elsewhere")"
    rm "$CRASHES/0"
    in_fallback
}

@test "a writer that another user can change is not run: the pending core stays" {
    needs_root
    public_copy
    SHIM=(CRUMPLE_WRITER="$COPY/other/crumple-writer")
    mkdir "$COPY/other"
    cp "$BUILD/crumple-writer" "$COPY/other/"
    for change in "chown 65534" "chmod 0757"; do
        $change "$COPY/other/crumple-writer"
        BUNDLES=0 PENDING=1
        crash null-write
        want "status" 11 "$(status_of with signal)"
        grep -q "^crumple: will not run writer '$COPY/other/crumple-writer': another user can change it; crashes will leave cores" \
            "$TMP/with.err" || fail "$(cat "$TMP/with.err")"
        expect_said "\.core"
        chown 0 "$COPY/other/crumple-writer"
        rm -rf "$CRASHES"
    done
}
