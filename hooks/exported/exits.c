/* SPDX-License-Identifier: MIT */
/* The ways to end on purpose: abort, exit, _exit, _Exit, quick_exit. They pass through, but may leave a
 * report (preload/calls/exits.h); none of them may return. */
#include "state/fault.h"
#include "state/thread.h"
#include "calls/disposition.h"
#include "calls/masks.h"
#include "calls/aborting.h"
#include "calls/exits.h"
#include "loader/real.h"
#include "end/frame.h"
#include "base/sys.h"

/*
 * abort() raises SIGABRT, and when the application's handler returns it puts the kernel's default in place
 * and raises it again (glibc stdlib/abort.c): past our hooks. So the first raise is made here, and then the
 * default is set through them.
 */
HOOK void abort(void)
{
    struct sigaction act;
    sigset_t one;
    real_need();
    exception_at_abort(__builtin_frame_address(0));
    if (masks_standing_in() && sigaction(SIGABRT, NULL, &act) == 0 && act.sa_handler != SIG_DFL) {
        sigemptyset(&one);
        sigaddset(&one, SIGABRT);
        sigprocmask(SIG_UNBLOCK, &one, NULL);
        raise(SIGABRT);
        signal(SIGABRT, SIG_DFL);
    }
    if (safe_self)
        safe_self->aborts = true; /* the application's own decision, not a check of libc */
    real.abort();
    safe_halt();
}

static void fail_assertion(void)
{
    real_need();
    if (safe_self)
        safe_self->aborts = true;
    disposition_expect_abort();
}

/* Each libc's header has another type for the line. */
HOOK void assertion_failed(const char *assertion, const char *file, unsigned line,
                           const char *function) __asm__("__assert_fail");
HOOK void assertion_failed(const char *assertion, const char *file, unsigned line, const char *function)
{
    fail_assertion();
    safe_assertion = (struct safe_assertion){safe_gettid(), assertion, file, function, line};
    real.__assert_fail(assertion, file, (int)line, function);
    safe_halt();
}

HOOK void __assert_perror_fail(int error, const char *file, unsigned line, const char *function)
{
    fail_assertion();
    real.__assert_perror_fail(error, file, line, function);
    safe_halt();
}

/* libc runs the handlers of the exit next. Inline: exits_called() notes the frame of the hook. */
static inline __attribute__((always_inline)) void begin(const char *call, int status)
{
    real_need();
    exits_hold();
    recover_exiting();
    if (exits_begun())
        exits_called(call, status, EXITS_GO_ON);
}

/* Nothing runs after this call. Inline, for the same reason. */
static inline __attribute__((always_inline)) void end(const char *call, int status)
{
    real_need();
    exits_hold();
    recover_gone();
    exits_called(call, status, EXITS_END);
}

HOOK void exit(int status)
{
    begin("exit", status);
    exits_noted(status);
    real.exit(status);
    safe_halt();
}

HOOK void _exit(int status)
{
    end("_exit", status);
    real._exit(status);
    safe_halt();
}

HOOK void _Exit(int status)
{
    end("_Exit", status);
    real._Exit(status);
    safe_halt();
}

HOOK void quick_exit(int status)
{
    begin("quick_exit", status);
    exits_quick(status);
    exits_noted(status);
    if (real.quick_exit)
        real.quick_exit(status);
    _exit(status);
}
