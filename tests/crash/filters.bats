#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Filters of system calls (rows 24 and 60): what is refused, trapped or deadly, and what is left of the report.
# docs/surroundings.md has the table that is held against reality here.

load helpers
setup() {
    setup_crash
    SHIM=(CRUMPLE_TIMEOUT=3s)
    LIMIT_MS=10000
    THREADS=first # which of the others can be stopped depends on the filter
}
teardown() { teardown_crash; }

DOC=$ROOT/docs/surroundings.md
HEADER=/usr/include/x86_64-linux-gnu/asm/unistd_64.h

# What an ordinary threaded server calls, by what it is for; none of it for the sake of crumple.
SERVER="read write readv writev openat open close lseek pread64 pwrite64 stat fstat newfstatat access readlink getdents64
    mmap munmap mprotect madvise brk mremap futex clone clone3 exit exit_group set_robust_list rseq rt_sigaction
    rt_sigprocmask rt_sigreturn sigaltstack tgkill kill getpid gettid getppid getuid geteuid getgid getegid clock_gettime
    clock_nanosleep nanosleep poll ppoll epoll_create1 epoll_ctl epoll_wait pipe2 socket bind listen accept4 sendto
    recvfrom sendmsg recvmsg shutdown setsockopt getsockopt getsockname fcntl dup2 ioctl prctl prlimit64 arch_prctl
    set_tid_address getrandom execve wait4 uname sysinfo fsync ftruncate rename renameat renameat2 unlink unlinkat mkdir
    mkdirat link linkat flock fchmod fchdir statfs fstatfs mincore sched_getaffinity sched_yield umask getcwd restart_syscall"

# numbers NAME...: those that this kernel's headers know.
declare -gA NUMBERS # bats reads this file in a function
while read -r name number; do
    NUMBERS[$name]=$number
done < <(sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9]*\)$/\1 \2/p' "$HEADER")
numbers() {
    local name
    for name in "$@"; do
        [ -z "${NUMBERS[$name]-}" ] || echo "${NUMBERS[$name]}"
    done
}

without() {
    # shellcheck disable=SC2086 # words
    printf '%s\n' $SERVER | grep -vxE "$1"
}

table() {
    sed -n 's/^| `\([a-z0-9_]*\)` | \([TPHLW ]*\) | \([a-z]*\) |$/\1 \3 \2/p' "$DOC"
}

# number CALL: into NUMBER, of a call that must exist: a filter of no call refuses nothing, and every test of it passes.
number() {
    NUMBER=${NUMBERS[$1]-}
    [ -n "$NUMBER" ] || fail "$HEADER does not know $1"
}

# filtered ACTION only|all-but NAME...: dies of the fault, as without the shim.
filtered() {
    local action=$1 kind=$2
    shift 2
    # shellcheck disable=SC2046 # numbers
    crash filtered "$action" "$kind" $(numbers "$@")
    want "status" 11 "$(status_of with signal)"
}

whole() {
    expect_function write_through_null
    want "threads" "$(fact tasks)" "$(report '[.threads[] | select(.state == "captured")] | length')"
}

pending() {
    BUNDLES=0 PENDING=1
    "$@"
    expect_said ".core"
    collect_pending
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function write_through_null
}

@test "a filter traps the application's own call: SIGSYS is the crash [row 24]" {
    crash trapped-call
    want "status" 31 "$(status_of with signal)"
    want "signal" SIGSYS "$(report .signal.name)"
    expect_calls make_trapped_call trapped_call
    expect_title SIGSYS
}

@test "a server's allow-list refuses everything else with EPERM or ENOSYS: a bundle [row 60]" {
    local action
    for action in eperm enosys; do
        rm -rf "$CRASHES"
        # shellcheck disable=SC2086 # words
        filtered $action only $SERVER
        whole
    done
}

@test "an allow-list without process_vm_readv, execveat and rt_tgsigqueueinfo makes no difference [row 60]" {
    filtered eperm all-but process_vm_readv execveat rt_tgsigqueueinfo pwritev ftruncate
    whole
}

@test "a filter refuses clone: the work is done in the thread, the core is kept [row 60]" {
    local action
    for action in eperm trap; do
        rm -rf "$CRASHES" "$TMP/fallback/crumple-0"
        pending filtered $action all-but clone clone3 fork vfork
        whole
    done
}

@test "a filter refuses execve and execveat: the core is kept [row 60]" {
    local action
    for action in eperm trap kill-process kill-thread; do
        rm -rf "$CRASHES"
        pending filtered $action all-but execve execveat
        whole
    done
}

@test "a filter refuses openat: a line says so [row 60]" {
    BUNDLES=0
    filtered eperm all-but openat open openat2 creat
    expect_said "cannot write"
    expect_said "SIGSEGV"
}

@test "a filter leaves one way to signal a thread, and there is no queue: both threads' stacks all the same [row 60]" {
    filtered eperm all-but tgkill tkill kill
    whole
    rm -rf "$CRASHES"
    filtered eperm all-but rt_tgsigqueueinfo rt_sigqueueinfo kill
    whole
}

@test "a filter leaves no way to signal a thread: this thread alone, and the same death [row 60]" {
    filtered eperm all-but rt_tgsigqueueinfo rt_sigqueueinfo tgkill tkill kill
    expect_function write_through_null
}

@test "a sandbox of read, write, futex, mmap and exit: the death is the same [row 60]" {
    local action
    BUNDLES=0
    for action in eperm enosys trap; do
        filtered $action only read write futex mmap exit exit_group rt_sigreturn
    done
    # The first call of the handler is one too many.
    # shellcheck disable=SC2046 # numbers
    run_with filtered kill-process only $(numbers read write futex mmap exit exit_group rt_sigreturn)
    want "status" 31 "$(status_of with signal)"
}

# What Docker's default profile and systemd's @system-service leave out (moby profiles/seccomp/default.json without
# capabilities; systemd.exec(5): everything but @clock, @cpu-emulation, @debug, @module, @mount, @obsolete,
# @raw-io, @reboot, @swap).
FORBIDDEN="acct add_key bpf clock_adjtime clock_settime create_module delete_module finit_module get_kernel_syms
    get_mempolicy init_module ioperm iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie mbind mount move_pages
    nfsservctl open_by_handle_at perf_event_open personality pivot_root query_module quotactl reboot request_key
    set_mempolicy setns settimeofday stime swapon swapoff sysfs _sysctl umount2 unshare uselib userfaultfd ustat vm86
    ptrace chroot vhangup fsopen fsmount fspick fsconfig open_tree move_mount io_uring_setup io_uring_enter
    io_uring_register pidfd_getfd"

@test "Docker's default profile and systemd's @system-service do not hinder a report [row 60]" {
    local action
    for action in eperm enosys kill-process; do
        rm -rf "$CRASHES"
        # shellcheck disable=SC2086 # words
        filtered $action all-but $FORBIDDEN
        whole
    done
}

@test "abort() behind a filter is reported [row 60]" {
    local action
    for action in eperm trap; do
        rm -rf "$CRASHES"
        # shellcheck disable=SC2046 # numbers
        crash filtered-abort $action all-but $(numbers process_vm_readv prctl execveat)
        want "status" 6 "$(status_of with signal)"
        want "signal" SIGABRT "$(report .signal.name)"
    done
}

# broker MODE NAME...: the application emulates the calls that its filter traps, and needs that all the time.
broker() {
    local mode=$1
    shift
    # shellcheck disable=SC2046 # numbers
    crash broker "$mode" trap all-but $(numbers sched_rr_get_interval "$@")
    want "status" 11 "$(status_of with signal)"
    want "broker" '' "$(fact broker)"
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    expect_function write_through_null
}

@test "an application that handles SIGSYS itself is not asked about our calls [row 60]" {
    broker lax process_vm_readv prctl
    rm -rf "$CRASHES"
    broker strict process_vm_readv prctl munlock close_range getppid
}

# What is left of the report, in the words of the table.
outcome() {
    if [ "$(count_files '*.tar.zst')" -gt 0 ]; then echo 3 bundle
    elif [ "$(count_files '*.core')" -gt 0 ]; then echo 2 core
    elif grep -q '^crumple: ' "$TMP/with.err"; then echo 1 line
    else echo 0 nothing; fi
}

rank() {
    case $1 in bundle) echo 3 ;; core) echo 2 ;; line) echo 1 ;; nothing) echo 0 ;; *) fail "no outcome: $1" ;; esac
}

@test "a filter refuses each documented call: the same death, and not less left than documented [row 60]" {
    local call least _ got bad='' rows=0
    SHIM=(CRUMPLE_TIMEOUT=1s)
    run_without filtered eperm all-but
    while read -r call least _; do
        rows=$((rows + 1))
        number "$call" || return 1
        rm -rf "$CRASHES" "$TMP/fallback/crumple-0"
        run_with filtered eperm all-but "$NUMBER"
        got=$(outcome)
        [ "$(status_of with signal)" = 11 ] && [ "$(status_of with ms)" -lt "$LIMIT_MS" ] &&
            [ -z "$(status_of with left)" ] && [ "${got%% *}" -ge "$(rank "$least")" ] ||
            bad+="$call: $got, documented: $least; $(cat "$TMP/with.status")"$'\n'
    done < <(table)
    [ "$rows" -gt 50 ] || fail "no table in $DOC"
    [ -z "$bad" ] || fail "$bad"
}

# At a call of the faulting thread itself a filter that kills has the last word: SIGSYS. Without rt_sigprocmask signals
# stay blocked, and a call that is trapped while SIGSYS is blocked kills by it.
@test "a filter traps each documented call, or kills the process at it: a death in time, never a hang [row 60]" {
    local call _ who action expected bad=''
    SHIM=(CRUMPLE_TIMEOUT=1s)
    for action in trap kill-process; do
        while read -r call _ who; do
            expected=11
            [ $action = trap ] && [ "$call" != rt_sigprocmask ] || [[ $who != *T* ]] || expected='(11|31)'
            number "$call" || return 1
            rm -rf "$CRASHES" "$TMP/fallback/crumple-0"
            run_with filtered $action all-but "$NUMBER"
            [[ $(status_of with signal) =~ ^$expected$ ]] && [ "$(status_of with ms)" -lt "$LIMIT_MS" ] &&
                [ -z "$(status_of with left)" ] || bad+="$action $call: $(cat "$TMP/with.status")"$'\n'
        done < <(table)
    done
    [ -z "$bad" ] || fail "$bad"
}

# At a call of the faulting thread itself the filter leaves a process without it: documented, not tested as right.
@test "a filter kills a thread at each documented call but the faulting thread's own: the original signal [row 60]" {
    local call who bad=''
    SHIM=(CRUMPLE_TIMEOUT=1s)
    while read -r call _ who; do
        [[ $who != *T* ]] || continue
        number "$call" || return 1
        rm -rf "$CRASHES" "$TMP/fallback/crumple-0"
        run_with filtered kill-thread all-but "$NUMBER"
        [ "$(status_of with signal)" = 11 ] && [ "$(status_of with ms)" -lt "$LIMIT_MS" ] &&
            [ -z "$(status_of with left)" ] || bad+="$call: $(cat "$TMP/with.status")"$'\n'
    done < <(table)
    [ -z "$bad" ] || fail "$bad"
}

@test "the faulting thread is killed by the filter when the others are stopped: one of them ends the process [row 60]" {
    SHIM=(CRUMPLE_TIMEOUT=1s)
    # shellcheck disable=SC2046 # one number
    crash filtered kill-thread all-but $(numbers wait4)
    want "status" 11 "$(status_of with signal)"
    expect_function write_through_null
}

traced() {
    command -v strace >/dev/null || skip "no strace"
    strace -f -o "$TMP/strace" true 2>/dev/null || skip "strace is not allowed here"
}

# stray_calls ARGUMENT...: of strace, and then of the victim's 'parked'; the calls that the table does not have
stray_calls() {
    local who call letter
    rm -rf "$CRASHES"
    strace -f -o "$TMP/strace" "${@:1:$#-1}" env CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$BUILD$LIBC/libcrumple.so" "$VICTIM" parked "${!#}" \
        >/dev/null 2>&1 || true
    [ "$(count_files '*.tar.zst')" = 1 ] || echo "no bundle under strace"
    while read -r who call; do
        letter=$(case $who in thread) echo T ;; parked) echo P ;; helper) echo H ;; looker) echo L ;; writer) echo W ;; esac)
        table | grep -qE "^$call [a-z]+ .*$letter" || echo "$call by the $who"
    done < <("$ROOT/tests/tools/calls_of.py" death "$TMP/strace")
}

@test "docs/surroundings.md lists every call that is made at a crash, and who makes it" {
    traced
    want "not in the table" '' "$(stray_calls 3)"
    # The first thread is still in pthread_create() when the other one faults: what it calls there is none of crumple's.
    want "not in the table, of slow clones" '' "$(stray_calls -e inject=clone3:delay_exit=50000 0)"
}

# documented_calls ROW: of the table of healthy calls.
documented_calls() {
    sed -n "s/^| \($1\) | //p" "$DOC" | grep -oE '`[a-z0-9_]+`' | tr -d '`' | LC_ALL=C sort -u
}

@test "a service manager's filter refuses a call of the start: the program runs and dies as without the shim" {
    local call rows=0
    SHIM=(CRUMPLE_ONLY=victim CRUMPLE_TIMEOUT=2s)
    for call in $(documented_calls "at the start"); do
        rows=$((rows + 1))
        number "$call" || return 1
        rm -rf "$CRASHES" "$TMP/fallback/crumple-0"
        run_without behind eperm all-but "$NUMBER" -- "$VICTIM" parked 3
        run_with behind eperm all-but "$NUMBER" -- "$VICTIM" parked 3
        echo "refused: $call"
        want "status" "$(status_of without signal) $(status_of without exit)" "$(status_of with signal) $(status_of with exit)"
        [ "$(status_of without exit)" = 127 ] || same_death # 127: the loader itself cannot do without
    done
    [ "$rows" -gt 15 ] || fail "no table in $DOC"
}

healthy_calls() {
    strace -f -o "$TMP/strace" env "$@" "$VICTIM" filtered-healthy >/dev/null
    "$ROOT/tests/tools/calls_of.py" life "$TMP/strace" | LC_ALL=C sort
}

# Names of calls that the second list has more of.
more_of() {
    LC_ALL=C join -a 2 -e 0 -o 0,1.2,2.2 "$1" "$2" | awk '$3 > $2 {print $1}'
}

@test "docs/surroundings.md lists every call that a healthy process makes more than without the shim" {
    local documented
    traced
    healthy_calls HOME=/ >"$TMP/calls.without"
    healthy_calls CRUMPLE_DIR="$CRASHES" LD_PRELOAD="$BUILD$LIBC/libcrumple.so" >"$TMP/calls.with"
    documented=$(documented_calls "at the start\|for a new thread")
    # musl's loader makes some for one more object that has variables of threads: docs/musl.md.
    diff <(more_of "$TMP/calls.without" "$TMP/calls.with" |
        grep -vxE "$(by_libc - 'arch_prctl|fcntl|futex|open|process_vm_readv|set_tid_address')") <(echo "$documented") ||
        fail "the calls (<) are not the documented ones (>)"
}

@test "a healthy threaded life behind filters that refuse what crumple calls" {
    local action
    for action in eperm enosys; do
        BUNDLES=0
        # shellcheck disable=SC2046 # numbers
        crash filtered-healthy $action all-but $(numbers sigaltstack tgkill getpid gettid)
        want "status" 0 "$(status_of with signal)$(status_of with exit | sed 's/^0$//')"
    done
}
