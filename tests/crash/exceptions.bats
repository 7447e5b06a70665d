#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# C++ exceptions that nobody catches, and what they are called in the report (rows 16 and 17), with CRUMPLE_RECOVER not
# set. The status is that of abort() everywhere; title and 'exception' name type and what() where they can be known
# without a risk.

load helpers
setup() {
    setup_crash
    VICTIM=$T/exceptions
}
teardown() { teardown_crash; }

# expect_exception TYPE|null WHAT|null UNCAUGHT
expect_exception() {
    expect_signal 6 SIGABRT SI_TKILL
    want "exception" "$1 $2 $3" "$(report '.exception | "\(.type) \(.what) \(.uncaught)"')"
}

# expect_uncaught TYPE WHAT FUNCTION: the whole title; a stripped program has no functions.
expect_uncaught() {
    expect_exception "$1" "$2" true
    local said="(\"$2\")"
    [ "$2" != null ] || said=''
    [[ $(report .title) == "uncaught exception $1$said in $3"* ]] || fail "title: $(report .title)"
    [[ $(report .signature) == "exception $1 | "* ]] || fail "signature: $(report .signature)"
}

@test "an uncaught runtime_error in a worker: its type and what() [row 16]" {
    crash runtime
    expect_uncaught std::runtime_error "no such match" handle_join
    expect_calls __cxa_throw handle_join
    want "reason" "no such match" "$(report .reason)"
    tar --zstd -xOf "$BUNDLE" report.txt | grep -q '^exception  uncaught std::runtime_error("no such match")$' ||
        fail "report.txt: $(tar --zstd -xOf "$BUNDLE" report.txt | head -n 12)"
    expect_said 'uncaught exception std::runtime_error("no such match") in handle_join'
    unwound_to_start
}

@test "an uncaught runtime_error in the main thread: its type and what() [row 16]" {
    crash runtime-main
    expect_uncaught std::runtime_error "no such match" handle_join
    unwound_to_start
}

@test "an uncaught exception of a std::thread: its type and what() [row 16]" {
    crash std-thread
    expect_uncaught std::runtime_error "no such match" handle_join
}

@test "a class with its own what() is asked for its text, in a worker and in the main thread [row 16]" {
    crash custom
    expect_uncaught "(anonymous namespace)::parse_error" "cannot parse line 3" handle_custom
    rm -rf "$CRASHES"
    crash custom-main
    expect_uncaught "(anonymous namespace)::parse_error" "cannot parse line 3" handle_custom
}

@test "the report shows what() of the class, not the text that its base holds [row 16]" {
    crash quota
    expect_uncaught "(anonymous namespace)::quota_error" "quota of 7 exceeded" handle_quota
}

@test "std::exception is found as a second base, as a virtual one, and twice [row 16]" {
    crash coded
    expect_uncaught "(anonymous namespace)::coded_error" "code 7" handle_coded
    rm -rf "$CRASHES"
    crash virtual
    expect_uncaught "(anonymous namespace)::virtual_error" "virtual base" handle_virtual
    rm -rf "$CRASHES"
    crash halves
    expect_uncaught "(anonymous namespace)::two_halves" null handle_halves
}

@test "behind a terminate handler of the application, what() of its own class is not called [row 16]" {
    crash custom-handler
    expect_uncaught "(anonymous namespace)::parse_error" null handle_custom
    expect_calls terminate_by_abort __cxa_throw handle_custom
}

@test "behind a terminate handler of the application, the text that the library keeps is read [row 16]" {
    crash known-handler
    expect_uncaught std::runtime_error "no such match" handle_join
}

@test "a terminate handler that throws the exception again to log it does not hide its type [row 16]" {
    crash logging-handler
    expect_uncaught "(anonymous namespace)::parse_error" null handle_custom
}

@test "a terminate handler that exits: no abort, no bundle [row 16]" {
    BUNDLES=0
    crash exiting-handler
    want "exit code" 3 "$(status_of with exit)"
}

@test "an int, a string, a template and an error of the system are told by their types [row 16]" {
    crash int
    expect_uncaught int null handle_int
    rm -rf "$CRASHES"
    crash text
    expect_uncaught "const char *" null handle_text
    rm -rf "$CRASHES"
    crash long
    expect_uncaught "(anonymous namespace)::longer<40>" null handle_long
    rm -rf "$CRASHES"
    crash system
    expect_uncaught std::system_error "journal: No space left on device" handle_system
}

@test "control characters, markup, keys and 10 KiB in what() do no harm [row 16]" {
    crash hostile
    expect_signal 6 SIGABRT SI_TKILL
    want "event" crash "$(report .event)"
    want "type" "(anonymous namespace)::hostile_error" "$(report .exception.type)"
    [[ $(report .exception.what) == '<script> ]0;owned   event=contained "quoted" '*xxxx ]] || fail "$(report .exception.what)"
    [ "$(report '.exception.what | length')" -lt 260 ] || fail "$(report .exception.what)"
    tar --zstd -xOf "$BUNDLE" report.json >all.json
    grep -a '^crumple: ' "$TMP/with.err" >lines
    ! LC_ALL=C grep -qaP '[\x00-\x09\x0b-\x1f\x7f]' all.json lines || fail "control characters"
    [ "$(wc -l <all.json)" -le 1 ] || fail "lines"
}

@test "an exception nested in another is reported [row 16]" {
    crash nested
    expect_uncaught "std::_Nested_exception<std::runtime_error>" "outer failure" handle_nested
}

@test "throw; with nothing to throw is no uncaught exception [row 17]" {
    crash nothing
    expect_signal 6 SIGABRT SI_TKILL
    want "exception" null "$(report .exception)"
    want "title" "std::terminate in handle_nothing: 'throw;' without an exception that could be thrown again" "$(report .title)"
    [[ $(report .signature) == "std::terminate | handle_nothing | "* ]] || fail "$(report .signature)"
    [[ $(report .signal.description) == *"handled no exception"* ]] || fail "$(report .signal.description)"
}

@test "a SIGSEGV handler that throws: the place of the fault and the exception [row 16]" {
    crash throwing-handler
    expect_signal 6 SIGABRT SI_TKILL
    want "title" 'uncaught exception std::runtime_error("access violation") after SIGSEGV in handle_fault' "$(report .title)"
    [[ $(report .signature) == "exception std::runtime_error after SIGSEGV | handle_fault | "* ]] ||
        fail "$(report .signature)"
    [[ $(report .signal.description) == *"in its handler of a SIGSEGV at address 0x0" ]] || fail "$(report .signal.description)"
}

@test "an exception thrown again by an exception_ptr in another thread is reported [row 16]" {
    crash rethrow
    expect_uncaught std::out_of_range "index 9" handle_rethrow
}

@test "a noexcept function that throws is reported, in a worker and in the main thread [row 17]" {
    crash noexcept
    expect_uncaught std::runtime_error "promised not to" throw_below
    expect_calls throw_below promises_nothing handle_noexcept
    rm -rf "$CRASHES"
    crash noexcept-main
    expect_uncaught std::runtime_error "promised not to" throw_below
}

@test "a destructor that throws while the stack is unwound: the second exception [row 17]" {
    crash destructor
    expect_uncaught std::logic_error "while cleaning up" "cleaner::~cleaner()"
    expect_calls clean_up_badly handle_destructor
}

@test "a pure virtual call is reported as one [row 17]" {
    crash pure
    expect_signal 6 SIGABRT SI_TKILL
    expect_title "pure virtual call in "
    expect_calls __cxa_pure_virtual handle_pure
    want "exception" null "$(report .exception)"
}

@test "std::terminate without an exception is reported as that [row 16]" {
    crash terminate
    expect_signal 6 SIGABRT SI_TKILL
    want "title" "std::terminate in handle_terminate" "$(report .title)"
    want "exception" null "$(report .exception)"
}

@test "an exception that cannot pass a C function without unwind tables is reported [row 16]" {
    crash plain-c
    expect_uncaught std::runtime_error "no such match" handle_join
    expect_calls __cxa_throw handle_join call_through_plain_c
}

@test "std::bad_alloc of a process that may not have more memory is reported [row 16]" {
    crash bad-alloc
    expect_uncaught std::bad_alloc std::bad_alloc handle_bad_alloc
}

@test "abort() in a catch block is an abort: the exception is only told" {
    crash abort-in-catch
    expect_exception std::runtime_error "no such match" false
    want "title" 'abort in abort_in_catch while handling exception std::runtime_error("no such match")' "$(report .title)"
    [[ $(report .signature) == "abort | abort_in_catch | "* ]] || fail "$(report .signature)"
}

@test "abort() after a catch block knows nothing of the exception" {
    crash abort-after-catch
    expect_signal 6 SIGABRT SI_TKILL
    want "title" "abort in abort_after_catch" "$(report .title)"
    want "exception" null "$(report .exception)"
}

@test "abort() in a signal handler, and exceptions that are caught" {
    crash abort-in-handler
    expect_signal 6 SIGABRT SI_TKILL
    want "exception" null "$(report .exception)"
    BUNDLES=0
    rm -rf "$CRASHES"
    run_without survive
    run_with survive
    same_death
    right_files
}

@test "a fault in a catch block tells the exception, too" {
    crash fault-in-catch
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    want "exception" "std::runtime_error no such match false" "$(report '.exception | "\(.type) \(.what) \(.uncaught)"')"
}

@test "a what() that faults or throws is not called once more" {
    run_without null-what
    run_with null-what # libstdc++ dies in the middle of a line, so stderr is not compared
    right_files
    want "status without" 11 "$(status_of without signal)"
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    rm -rf "$CRASHES"
    crash throwing-what # stdout is compared: what() of the second exception would be seen in it
    expect_exception "(anonymous namespace)::unasked_error" null true
}

@test "a sandbox that kills a thread for process_vm_readv: the status is that of abort()" {
    BUNDLES=0 LIMIT_MS=15000
    run_without sandboxed
    run_with sandboxed
    same_death
    want "status" 6 "$(status_of with signal)"
}

# in_build NAME FUNCTIONS: the same program built otherwise.
in_build() {
    VICTIM=$T/exceptions-$1
    crash runtime
    expect_uncaught std::runtime_error "no such match" "$2"
    rm -rf "$CRASHES"
    crash custom
    expect_uncaught "(anonymous namespace)::parse_error" "cannot parse line 3" "$3"
    rm -rf "$CRASHES"
    crash noexcept
    expect_uncaught std::runtime_error "promised not to" "$4"
    rm -rf "$CRASHES"
    crash abort-in-catch
    expect_exception std::runtime_error "no such match" false
    expect_title "abort in " 'while handling exception std::runtime_error("no such match")'
}

@test "an uncaught exception of a program built without optimisation [row 16]" {
    in_build O0 handle_join handle_custom throw_below
}

@test "an uncaught exception of a program built by GCC with -O2, and stripped [row 16]" {
    in_build O2 exceptions-O2+0x exceptions-O2+0x exceptions-O2+0x
}

# clang's noexcept functions catch the exception before they terminate: the throw is gone from the stack.
@test "an uncaught exception of a program built by clang [row 16]" {
    in_build clang handle_join handle_custom promises_nothing
}

@test "a libstdc++ that is part of the program: an exception without its type [row 16]" {
    VICTIM=$T/exceptions-static
    crash custom
    expect_signal 6 SIGABRT SI_TKILL
    expect_title "uncaught exception in handle_custom"
    want "exception" null "$(report .exception)"
    rm -rf "$CRASHES"
    crash terminate
    expect_title "std::terminate in handle_terminate"
}

@test "a libstdc++ that a plugin of a C program brought along (RTLD_LOCAL) gives the type [row 16]" {
    VICTIM=$T/exceptions_host
    crash "$T/libexceptions.so" runtime
    expect_uncaught std::runtime_error "no such match" handle_join
    rm -rf "$CRASHES"
    crash "$T/libexceptions.so" custom
    expect_uncaught "(anonymous namespace)::parse_error" "cannot parse line 3" handle_custom
    rm -rf "$CRASHES"
    crash "$T/libexceptions.so" abort-in-catch
    expect_exception std::runtime_error "no such match" false
}
