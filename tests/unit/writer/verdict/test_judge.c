/* SPDX-License-Identifier: MIT */
/* Which stacks a thread may be ended on: frames in, a reason or none out. */
#include <string.h>

#include "verdict/judge.h"
#include "walk/walk.h"
#include "unit.h"

#define APP(function)                                                                                        \
    {                                                                                                        \
        .class = FRAME_APPLICATION, .trust = TRUST_CFI, .name = function                                     \
    }
#define LIBC(function, called_by)                                                                            \
    {                                                                                                        \
        .class = FRAME_LIBC, .trust = TRUST_CFI, .name = function, .called = called_by                       \
    }
#define CXX(function, called_by)                                                                             \
    {                                                                                                        \
        .class = FRAME_CXX, .trust = TRUST_CFI, .name = function, .called = called_by                        \
    }
#define HOOK(function, called_by)                                                                            \
    {                                                                                                        \
        .class = FRAME_CRUMPLE, .trust = TRUST_CFI, .name = function, .called = called_by                    \
    }
#define OF(of_class, called_by)                                                                              \
    {                                                                                                        \
        .class = of_class, .trust = TRUST_CFI, .called = called_by                                           \
    }

static const char *judge(enum verdict_cause cause, const struct verdict_frame *frames, size_t count)
{
    bool must_unwind, must_jump;
    return verdict_judge(cause, frames, count, &must_unwind, &must_jump);
}

#define JUDGE(cause, ...)                                                                                    \
    judge(cause, (const struct verdict_frame[]){__VA_ARGS__},                                                \
          sizeof((const struct verdict_frame[]){__VA_ARGS__}) / sizeof(struct verdict_frame))
#define ALLOWED(cause, ...)         ck_assert_ptr_null(JUDGE(cause, __VA_ARGS__))
#define REFUSED(reason, cause, ...) ck_assert_pstr_eq(JUDGE(cause, __VA_ARGS__), reason)

START_TEST(test_application_frames_are_allowed)
{
    ALLOWED(VERDICT_FAULT, APP("parse"), APP("conn_main"));
    ALLOWED(VERDICT_FAULT, APP(""), APP(""));
    ALLOWED(VERDICT_FAULT, {.class = FRAME_NOWHERE, .trust = TRUST_CONTEXT}, APP("conn_main"));
    REFUSED(REASON_WALK, VERDICT_FAULT, APP("parse"), {.class = FRAME_NOWHERE, .trust = TRUST_CFI});
    ck_assert_pstr_eq(judge(VERDICT_FAULT, NULL, 0), REASON_WALK);
}
END_TEST

START_TEST(test_leaves_of_libc_are_allowed_by_what_was_called)
{
    ALLOWED(VERDICT_FAULT, LIBC("", "strlen"), APP("parse"));
    ALLOWED(VERDICT_FAULT, LIBC("__memmove_avx512_unaligned_erms", ""), APP("parse"));
    ALLOWED(VERDICT_FAULT, LIBC("", ""), LIBC("_IO_vfprintf", ""), LIBC("__vsnprintf_chk", "__snprintf_chk"),
            APP("parse"));
    ALLOWED(VERDICT_FAULT, LIBC("__libc_recv", "recv"), APP("parse"));
    ALLOWED(VERDICT_FAULT, LIBC("__isoc99_sscanf", "__isoc99_sscanf"), APP("parse"));
    ALLOWED(VERDICT_FAULT, OF(FRAME_HARMLESS, ""), APP("parse"));
    REFUSED(REASON_LIBC, VERDICT_FAULT, LIBC("", ""), APP("parse"));
    REFUSED(REASON_LIBC, VERDICT_FAULT, LIBC("", ""), LIBC("_IO_vfprintf", ""), LIBC("printf", "printf"),
            APP("parse"));
    REFUSED(REASON_LIBC, VERDICT_FAULT, LIBC("", ""), LIBC("localtime_r", "localtime_r"), APP("parse"));
    REFUSED(REASON_LIBC, VERDICT_FAULT, LIBC("strftime", "strftime"), APP("parse"));
    REFUSED(REASON_LIBC, VERDICT_FAULT, LIBC("strerror", "strerror"), APP("parse"));
}
END_TEST

START_TEST(test_allocators_and_locks_are_refused_wherever_they_are)
{
    REFUSED(REASON_ALLOCATOR, VERDICT_FAULT, LIBC("", ""), LIBC("malloc", "malloc"), APP("parse"));
    REFUSED(REASON_ALLOCATOR, VERDICT_FAULT, LIBC("", ""), LIBC("malloc", ""), LIBC("strdup", "strdup"),
            APP("parse"));
    REFUSED(REASON_ALLOCATOR, VERDICT_FAULT, LIBC("_int_free", ""), APP("parse"));
    REFUSED(REASON_ALLOCATOR, VERDICT_FAULT, LIBC("", ""), LIBC("memalign", "memalign"), APP("parse"));
    REFUSED(REASON_ALLOCATOR, VERDICT_FAULT, OF(FRAME_ALLOCATOR, ""), APP("parse"));
    REFUSED(REASON_ALLOCATOR, VERDICT_FAULT, APP("je_arena_palloc"), APP("parse"));
    REFUSED(REASON_ALLOCATOR, VERDICT_FAULT,
            {.class = FRAME_APPLICATION, .trust = TRUST_CFI, .called = "free"}, APP("parse"));
    REFUSED(REASON_LOCK, VERDICT_FAULT, LIBC("", ""), LIBC("pthread_mutex_lock", "pthread_mutex_lock"),
            APP("parse"));
    REFUSED(REASON_LINKER, VERDICT_FAULT, OF(FRAME_LINKER, "strlen"), APP("parse"));
    REFUSED(REASON_LINKER, VERDICT_FAULT, LIBC("", ""), LIBC("dlsym", "dlsym"), APP("parse"));
}
END_TEST

START_TEST(test_hooks_count_as_the_functions_they_stand_for)
{
    ALLOWED(VERDICT_FAULT, LIBC("recv", ""), HOOK("hook_recv", "recv"), APP("parse"));
    REFUSED(REASON_LOCK, VERDICT_FAULT, LIBC("", ""), HOOK("", "pthread_mutex_lock"), APP("parse"));
    REFUSED(REASON_LIBC, VERDICT_FAULT, LIBC("", ""), HOOK("", "pthread_create"), APP("parse"));
    REFUSED(REASON_LIBC, VERDICT_FAULT, LIBC("", ""), HOOK("hook_recv", ""), APP("parse"));
    REFUSED(REASON_CRUMPLE, VERDICT_FAULT, HOOK("", "send"), APP("parse"));
}
END_TEST

START_TEST(test_callbacks_of_event_loops_are_refused)
{
    REFUSED(REASON_LOOP, VERDICT_FAULT, APP("on_read"), APP(""), APP("event_base_loop"), APP("worker"));
    REFUSED(REASON_LOOP, VERDICT_FAULT, APP("on_read"), APP("uv__io_poll"), APP("uv_run"), APP("worker"));
    REFUSED(REASON_LOOP, VERDICT_FAULT, APP("on_read"),
            {.class = FRAME_APPLICATION, .trust = TRUST_CFI, .called = "ev_run"}, APP("worker"));
    REFUSED(REASON_LOOP, VERDICT_FAULT, APP("on_read"), APP("g_main_loop_run"), APP("worker"));
    REFUSED(REASON_LOOP, VERDICT_FAULT, APP("on_read"), APP("sd_event_run"), APP("worker"));
    REFUSED(
        REASON_LOOP, VERDICT_FAULT, APP("on_read"),
        APP("_ZN5boost4asio6detail9scheduler10do_run_oneERNS1_27conditionally_enabled_mutex11scoped_lockE"),
        APP("worker"));
    REFUSED(REASON_LOOP, VERDICT_FAULT, APP("on_read"),
            APP("_ZN10QEventLoop4execE6QFlagsINS_17ProcessEventsFlagEE"), APP("worker"));
    ALLOWED(VERDICT_FAULT, APP("on_read"), APP("event_loop_of_my_own"), APP("worker"));
}
END_TEST

START_TEST(test_callbacks_of_qsort_are_allowed_and_others_not)
{
    bool must_unwind, must_jump;
    const struct verdict_frame scan[] = {LIBC("", ""), LIBC("", "__isoc99_vsscanf"),
                                         LIBC("__isoc99_sscanf", "__isoc99_sscanf"), APP("parse")};
    const struct verdict_frame once[] = {APP("init"), LIBC("", "pthread_once"), APP("parse")};
    ALLOWED(VERDICT_FAULT, APP("compare"), LIBC("", ""), LIBC("qsort_r", "qsort"), APP("parse"));
    ALLOWED(VERDICT_FAULT, LIBC("", "strlen"), APP("compare"), LIBC("bsearch", "bsearch"), APP("parse"));
    REFUSED(REASON_LIBC, VERDICT_FAULT, APP("compare"), LIBC("scandir", "scandir"), APP("parse"));
    REFUSED(REASON_LIBC, VERDICT_FAULT, APP("callback"), LIBC("", "strlen"), APP("parse"));
    REFUSED(REASON_LINKER, VERDICT_FAULT, APP("callback"), LIBC("dl_iterate_phdr", "dl_iterate_phdr"),
            APP("parse"));
    ck_assert_ptr_null(verdict_judge(VERDICT_FAULT, once, 3, &must_unwind, &must_jump));
    ck_assert(must_unwind);
    ck_assert_ptr_null(verdict_judge(VERDICT_FAULT, once, 1, &must_unwind, &must_jump));
    ck_assert(!must_unwind && !must_jump);
    ck_assert_ptr_null(verdict_judge(VERDICT_FAULT, scan, 4, &must_unwind, &must_jump));
    ck_assert(!must_unwind && must_jump);
}
END_TEST

START_TEST(test_the_cxx_library_is_allowed_where_it_has_no_locks)
{
    ALLOWED(VERDICT_FAULT, LIBC("", "memcpy"), CXX("", ""),
            CXX("_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE9_M_appendEPKcm", ""), APP("parse"));
    ALLOWED(VERDICT_FAULT, CXX("__dynamic_cast", "__dynamic_cast"), APP("parse"));
    ALLOWED(VERDICT_FAULT, APP("run"), CXX("", ""));
    ALLOWED(VERDICT_FAULT, APP("run"), CXX("execute_native_thread_routine", ""));
    ALLOWED(VERDICT_FAULT, APP("init"), CXX("__once_proxy", ""), LIBC("", "pthread_once"), APP("parse"));
    REFUSED(REASON_CXX, VERDICT_FAULT, CXX("", ""), APP("parse"));
    REFUSED(REASON_CXX, VERDICT_FAULT, CXX("", ""));
    REFUSED(REASON_CXX, VERDICT_FAULT, CXX("_ZNSo3putEc", "_ZNSo3putEc"), APP("parse"));
    REFUSED(REASON_CXX, VERDICT_FAULT, APP("overflow"), CXX("_ZNSo3putEc", ""), APP("parse"));
    REFUSED(REASON_CXX, VERDICT_FAULT, APP("__cxa_throw"), APP("parse"));
}
END_TEST

START_TEST(test_an_abort_is_the_applications_own_or_refused)
{
    ALLOWED(VERDICT_ABORT, LIBC("", ""), LIBC("raise", ""), LIBC("abort", ""), HOOK("abort", "abort"),
            APP("parse"));
    ALLOWED(VERDICT_ABORT, LIBC("", ""), LIBC("abort", ""), LIBC("", ""), LIBC("__assert_fail", ""),
            APP("parse"));
    REFUSED(REASON_LIBC, VERDICT_ABORT, LIBC("raise", ""), LIBC("abort", ""), LIBC("", ""),
            LIBC("free", "free"), APP("parse"));
    REFUSED(REASON_CXX, VERDICT_ABORT, LIBC("abort", "abort"), CXX("", ""), CXX("_ZSt9terminatev", ""),
            APP("parse"));
    REFUSED(REASON_LIBC, VERDICT_FAULT, LIBC("abort", "abort"), APP("parse"));
    REFUSED(REASON_LIBC, VERDICT_ABORT, LIBC("abort", "abort"), APP("compare"), LIBC("exit", "exit"),
            APP("parse"));
}
END_TEST

START_TEST(test_an_exception_is_thrown_through_its_machinery)
{
    ALLOWED(VERDICT_EXCEPTION, HOOK("", ""), CXX("_Unwind_RaiseException", ""),
            CXX("__cxa_throw", "__cxa_throw"),
            CXX("_ZSt19__throw_logic_errorPKc", "_ZSt19__throw_logic_errorPKc"), APP("parse"));
    ALLOWED(VERDICT_EXCEPTION, HOOK("", ""), APP("_Unwind_RaiseException"), APP("__cxa_throw"), APP("parse"));
    REFUSED(REASON_CXX, VERDICT_EXCEPTION, HOOK("", ""), CXX("__cxa_throw", ""), APP("overflow"),
            CXX("_ZNSo3putEc", ""), APP("parse"));
    REFUSED(REASON_LIBC, VERDICT_EXCEPTION, LIBC("", ""), APP("parse"));
}
END_TEST

START_TEST(test_what_is_not_understood_is_refused)
{
    REFUSED(REASON_SIGNAL, VERDICT_FAULT, APP("handler"),
            {.class = FRAME_LIBC, .trust = TRUST_CFI, .is_signal_frame = true}, APP("parse"));
    REFUSED(REASON_WALK, VERDICT_FAULT, APP("leaf"), {.class = FRAME_APPLICATION, .trust = TRUST_SCAN});
    REFUSED(REASON_INTERPRETER, VERDICT_FAULT, APP("extension"), OF(FRAME_INTERPRETER, ""), APP("parse"));
    ALLOWED(VERDICT_FAULT, APP("leaf"), {.class = FRAME_APPLICATION, .trust = TRUST_FP});
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_application_frames_are_allowed);
    tcase_add_test(tests, test_leaves_of_libc_are_allowed_by_what_was_called);
    tcase_add_test(tests, test_allocators_and_locks_are_refused_wherever_they_are);
    tcase_add_test(tests, test_hooks_count_as_the_functions_they_stand_for);
    tcase_add_test(tests, test_callbacks_of_event_loops_are_refused);
    tcase_add_test(tests, test_callbacks_of_qsort_are_allowed_and_others_not);
    tcase_add_test(tests, test_the_cxx_library_is_allowed_where_it_has_no_locks);
    tcase_add_test(tests, test_an_abort_is_the_applications_own_or_refused);
    tcase_add_test(tests, test_an_exception_is_thrown_through_its_machinery);
    tcase_add_test(tests, test_what_is_not_understood_is_refused);
}
