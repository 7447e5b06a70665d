/* SPDX-License-Identifier: MIT */
/*
 * sigaltstack: a stack too small for this machine's signal frames (Rust's 8 KiB, a fixed MINSIGSTKSZ with
 * AVX-512) would make the kernel kill the process at the first signal. Ours then stays underneath, and the
 * application is shown its own.
 */
#include <errno.h>

#include "real.h"
#include "threads.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif
#define KERNEL_MINSIGSTKSZ 2048 /* arch/x86/include/uapi/asm/signal.h */

/* What sigaltstack(2) would say about the application's own stack. */
static void show(stack_t *old, const struct thread_self *self, bool on_stack)
{
    if (self->app_altstack_set) {
        *old = self->app_altstack;
        old->ss_flags |= on_stack ? SS_ONSTACK : 0;
    } else {
        *old = (stack_t){.ss_flags = SS_DISABLE};
    }
}

static int fail(int error)
{
    errno = error;
    return -1;
}

static int set(struct thread_self *self, const stack_t *ss)
{
    const stack_t ours = {.ss_sp = self->altstack->base, .ss_size = safe_altstack_bytes()};
    unsigned mode = (unsigned)ss->ss_flags & ~SS_AUTODISARM;
    if (mode != 0 && mode != SS_DISABLE && mode != SS_ONSTACK)
        return fail(EINVAL);
    if (mode != SS_DISABLE && ss->ss_size < KERNEL_MINSIGSTKSZ)
        return fail(ENOMEM);
    if (mode == SS_DISABLE) {
        self->app_altstack_set = false;
        return real.sigaltstack(&ours, NULL);
    }
    if (ss->ss_size >= safe_altstack_least_usable()) {
        int rc = real.sigaltstack(ss, NULL);
        self->app_altstack_set &= rc != 0;
        return rc;
    }
    if (real.sigaltstack(&ours, NULL) < 0)
        return -1;
    self->app_altstack = *ss;
    self->app_altstack.ss_flags &= (int)SS_AUTODISARM;
    self->app_altstack_set = true;
    return 0;
}

HOOK int sigaltstack(const stack_t *ss, stack_t *old)
{
    struct thread_self *self = &thread_self;
    stack_t wanted, now;
    real_need();
    if (!self->altstack || real.sigaltstack(NULL, &now) < 0)
        return real.sigaltstack(ss, old);
    if (ss)
        wanted = *ss; /* may be the same object as old */
    if (now.ss_sp == self->altstack->base)
        show(&now, self, now.ss_flags & SS_ONSTACK);
    if (ss && (now.ss_flags & SS_ONSTACK))
        return fail(EPERM);
    if (ss && set(self, &wanted) < 0)
        return -1;
    if (old)
        *old = now;
    return 0;
}
