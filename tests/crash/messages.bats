#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a report says of a fault: its class, its title and the cause in words (parts of rows 1-11, 24, 26-28).

load helpers
setup() { setup_crash; }
teardown() { teardown_crash; }

# explains VERB SIGNAL CLASS FUNCTION TITLE-WORDS...: the class, the title, and where it happened.
explains() {
    local verb=$1 signal=$2 class=$3 function=$4
    shift 4
    crash "$verb"
    want "status" "$signal" "$(status_of with signal)"
    want "class" "$class" "$(report .signal.class)"
    expect_title "$function" "$@"
    tar --zstd -xOf "$BUNDLE" report.txt >"$TMP/report.txt"
    head_names "$function"
}

# The first lines of report.txt: the title, then the cause in words and the place, before anything else.
head_names() {
    want "first line" "$(report .title)" "$(head -n 1 "$TMP/report.txt")"
    want "cause" "cause      $(report .signal.description)" "$(sed -n 3p "$TMP/report.txt")"
    grep -qE "^where +$1 \(" <(head -n 5 "$TMP/report.txt") || fail "the place is not in the first lines:" "$(head -n 15 "$TMP/report.txt")"
    [ "$(sed -n '/^thread [0-9]* .*:$/=' "$TMP/report.txt" | head -n 1)" -le 15 ] || fail "the head is longer than 15 lines"
}

expect_cause() {
    local word
    for word in "$@"; do
        [[ $(report .signal.description) == *"$word"* ]] || fail "cause '$(report .signal.description)' lacks '$word'"
    done
}

@test "the title says what was done at address 0, and that it is NULL [row 1]" {
    explains null-write 11 null write_through_null "write to address 0x0 (NULL pointer)"
    want "access" write "$(report .signal.access)"
}

@test "the title tells a member of a NULL pointer by its offset [row 1]" {
    explains null-member 11 null read_member "read of address 0x18 (offset 0x18 into a NULL pointer)"
    want "access and register" "read rdi" "$(report '.signal | "\(.access) \(.register)"')"
    expect_cause "rdi is 0x0"
}

@test "addresses before a NULL pointer, and -1, are told as such [row 1]" {
    explains null-container 11 null read_before "offset -0x8 from a NULL pointer"
    rm -r "$CRASHES"
    explains map-failed 11 null write_byte "MAP_FAILED"
}

@test "the title says that a read-only page was written [row 2]" {
    explains readonly-write 11 read-only write_to_readonly_page "read-only memory"
    expect_title "write to address $(fact addr) "
    want "access" write "$(report .signal.access)"
}

@test "the title says that a constant of the program was written [row 2]" {
    explains constant-write 11 read-only write_byte "read-only: victim"
}

@test "the title tells memory without any permission [row 2]" {
    explains protected-write 11 no-access write_byte "protected against any access"
}

@test "memory that was given back" {
    explains unmapped-write 11 unmapped write_byte
    expect_title "write to address $(fact addr) (not mapped)"
    expect_cause "nothing is mapped" "rdi is $(fact addr)"
}

@test "a non-canonical address is explained by the instruction and its register [row 3]" {
    explains noncanonical-read 11 non-canonical read_noncanonical_address "non-canonical address 0xdead00000000beef"
    want "register" rdi "$(report .signal.register)"
}

@test "a pointer that was overwritten with text is told with the text [row 3]" {
    explains text-pointer 11 non-canonical read_member "non-canonical address 0x646e692f2054455f"
    expect_cause "rdi is 0x646e692f20544547" 'as text it reads "GET /ind"'
}

@test "a call through a NULL function pointer is told as one [row 4]" {
    explains jump-to-null 11 null call_through_pointer "jump to 0x0 (NULL function pointer)"
    want "access" execute "$(report .signal.access)"
}

@test "jumps to what is no code are told as such [row 5]" {
    explains jump-to-heap 11 not-executable call_code
    expect_title "jump to $(fact addr) (not executable)"
    expect_cause "$(by_libc "the heap" "anonymous memory")"
    rm -r "$CRASHES"
    explains jump-to-text 11 non-canonical call_code "jump to non-canonical address 0x4847464544434241"
    expect_cause 'as text it reads "ABCDEFGH"'
}

# stack_is_saved: gdb would find the thread's stack: a segment of the core holds it.
stack_is_saved() {
    local sp
    sp=$(report '.threads[0].registers.rsp')
    tar --zstd -xOf "$BUNDLE" core >core.elf
    readelf -lW core.elf | awk '$1 == "LOAD" {print $3, $6}' | while read -r start size; do
        [ $((sp)) -ge $((start)) ] && [ $((sp)) -lt $((start + size)) ] && echo yes
    done | grep -q yes || fail "no segment holds the stack at $sp"
}

@test "a return to an overwritten address, with an overwritten frame pointer, is told as one [row 6]" {
    explains smashed-return 11 non-canonical return_to "return to non-canonical address 0x4141414141414141"
    expect_cause "its stack was overwritten" 'as text it reads "AAAAAAAA"'
    want "rbp" 0x4242424242424242 "$(report '.threads[0].registers.rbp')"
    expect_function return_to
    stack_is_saved
    rm -r "$CRASHES"
    explains smashed-return-canonical 11 not-executable smashed_return_canonical "jump to 0x414141414141 (not mapped)"
    want "fault pc" 0x414141414141 "$(report '.threads[0].frames[0].pc')"
    stack_is_saved
}

# The oldest frames lie at the end of the thread's stack, below its descriptor.
descriptor_is_near_saved_stack() {
    local fs
    fs=$(report '.threads[0].registers.fs_base')
    tar --zstd -xOf "$BUNDLE" core >core.elf
    readelf -lW core.elf | awk '$1 == "LOAD" {print $3, $6}' | while read -r start size; do
        [ $((start)) -le $((fs - 4096)) ] && [ $((fs)) -le $((start + size)) ] && echo yes
    done | grep -q yes || fail "the core lacks the stack below $fs"
}

@test "a thread with an overwritten stack pointer has its stack in the core all the same [row 6]" {
    explains smashed-stack-pointer 11 unmapped use_stack_at "write to address 0x414141414138"
    expect_cause "stack pointer was overwritten"
    expect_function use_stack_at
    descriptor_is_near_saved_stack
    rm -r "$CRASHES"
    explains smashed-stack-pointer-text 7 non-canonical use_stack_at "non-canonical address 0x4141414141414140"
    want "register" rsp "$(report .signal.register)"
    descriptor_is_near_saved_stack
}

@test "the title tells a division by zero from one whose result does not fit [row 8]" {
    explains divide-by-zero 8 divide divide "integer division by zero"
    rm -r "$CRASHES"
    explains divide-overflow 8 divide divide_by "does not fit"
}

@test "the title tells a trap of the compiler from a privileged instruction [row 9]" {
    explains undefined-instruction 4 illegal run_undefined_instruction "illegal instruction (ud2)"
    rm -r "$CRASHES"
    explains privileged-instruction 11 privileged halt "privileged instruction (hlt)"
}

@test "the title tells an address that is not aligned [row 9]" {
    explains unaligned-vector 11 unaligned load_unaligned_vector "unaligned address" "multiple of 16"
    rm -r "$CRASHES"
    explains unaligned-swap 11 unaligned swap_unaligned "unaligned address" "multiple of 16"
    want "register" rdi "$(report .signal.register)"
}

@test "the title tells a breakpoint without a debugger [row 10]" {
    explains breakpoint 5 breakpoint run_breakpoint "breakpoint instruction"
    expect_cause "no debugger"
}

@test "the report names the file that is shorter than its mapping [row 11]" {
    needs_root # the file is deleted
    explains truncated-mapping 7 beyond-file read_past_end_of_file "beyond the end of victim-"
    expect_title "read of address $(fact addr) "
    expect_cause "at offset 4096 of 4096 bytes"
    [[ $(report .signal.file) == /tmp/victim-* ]] || fail "file: $(report .signal.file)"
}

@test "the report tells a full file system from the end of a file [row 11]" {
    needs_root
    mkdir small
    mount -t tmpfs -o size=1M none small
    crash sparse-mapping "$TMP/small/shared" || { umount small; return 1; }
    umount small
    want "class" file-system-full "$(report .signal.class)"
    expect_title fill "write to address" "file system full: shared"
    expect_cause "of 8388608 bytes"
}

@test "the report says what it does not know of a file that is deleted and cannot be opened [row 11]" {
    needs_root
    public_copy
    BUNDLE_UID=65534
    crash truncated-mapping 65534
    want "class" no-page "$(report .signal.class)"
    expect_title "no such page: victim-"
}

@test "a system call that seccomp refuses has its name, in a worker [row 24]" {
    explains seccomp-trap 31 syscall run_program "system call 59 execve (x86-64) refused by seccomp"
    expect_signal 31 SIGSYS SYS_SECCOMP
    want "call" "59 execve 3221225534 x86-64" \
        "$(report '.signal | "\(.syscall) \(.syscall_name) \(.arch) \(.arch_name)"')"
    want "name of the thread" worker "$(report '.threads[0].name')"
}

@test "a system call of another architecture is told as such [row 24]" {
    run_without seccomp-trap-i386
    [ "$(status_of without signal)" = 31 ] || skip "this kernel has no system calls of i386"
    explains seccomp-trap-i386 31 syscall call_as_i386 "system call 136 personality (i386) refused by seccomp"
}

@test "the report says how large the used up stack was [row 26]" {
    RUNNER_OPTIONS=(-t 60000) LIMIT_MS=20000
    explains overflow 11 stack-overflow recurse_for_ever "stack overflow (" "KiB used up)"
    expect_cause "recursion or large local variables"
    grep -q '^where .*called by itself' "$TMP/report.txt" || fail "recursion is not named"
}

@test "the report says how large the stack of a thread with 16 KiB was [row 28]" {
    explains small-stack-overflow 11 stack-overflow recurse "stack overflow ($(by_libc 16 20) KiB used up)"
}

@test "a stack overflow on an application's alternate stack is told as such [row 30]" {
    explains altstack-overflow 11 stack-overflow recurse "stack overflow of an alternate stack (64 KiB used up)"
}

@test "a protection key" {
    [[ $("$VICTIM" protection-key) != *keys=0* ]] || skip "this processor has no protection keys"
    explains protection-key 11 protection-key write_byte "refused by protection key"
}

@test "an unaligned access where the processor checks alignment" {
    explains alignment-check 7 unaligned read_with_alignment_check "misaligned address"
    expect_signal 7 SIGBUS BUS_ADRALN
    [[ $(report .signal.description) == *"address 0x"*[13579bdf]": misaligned"* ]] || fail "cause: $(report .signal.description)"
}

@test "the report says who sent a signal [row 20]" {
    RUNNER_OPTIONS=(-k 11)
    crash idle
    want "class" sent "$(report .signal.class)"
    local who
    who="sent by runner (pid $(status_of with sender), uid $(id -u))"
    expect_title "SIGSEGV $who"
    expect_cause "$who with kill" "no instruction of the thread caused it"
    want "signature" "SIGSEGV sent | serve_events | idle | main" "$(report .signature)"
}

@test "the report shows the value of a queued signal [row 22]" {
    crash sigqueue-abort
    want "class" sent "$(report .signal.class)"
    expect_title "SIGABRT sent by the process itself, with value 4711"
}

# musl: it breaks glibc's records
# bats test_tags=glibc
@test "a fault inside the allocator says so" {
    crash malloc-damaged-bin
    expect_cause "it happened in the allocator"
    expect_title allocate_from_damaged_bin
}

@test "an abort in a signal handler names what was interrupted" {
    local head
    crash handler-aborts
    head=$(tar --zstd -xOf "$BUNDLE" report.txt | head -n 5)
    grep -q '^cause .*abort() in its handler of a SIGSEGV at address 0x0' <<<"$head" || fail "$head"
    grep -q '^where .*write_through_null .*called by handler_aborts' <<<"$head" || fail "$head"
}
