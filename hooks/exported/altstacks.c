/* SPDX-License-Identifier: MIT */
/*
 * sigaltstack: the kernel's alternate stack of a thread that crumple knows stays crumple's, so that threads
 * which share one of the application's are stopped each on its own. What the application set is kept for
 * safe_entry and shown to it. The kernel checks every argument: it gets the application's pointers first.
 *
 * One with SS_AUTODISARM is the kernel's: it belongs to programs that switch stacks inside handlers, and only
 * the kernel knows which of them are in use. So is any, where handlers cannot be entered by safe_entry.
 */
#include <errno.h>

#include "fault/entry.h"
#include "calls/disposition.h"
#include "loader/real.h"
#include "calls/threads.h"

/* What sigaltstack(2) would say about the application's own stack. */
static stack_t shown(const struct thread_self *self, bool on_ours)
{
    stack_t now = {.ss_flags = SS_DISABLE};
    if (self->app_altstack_set) {
        now = self->app_altstack;
        if (on_ours || safe_entry_is_on(&now, (uint64_t)__builtin_frame_address(0)))
            now.ss_flags = SS_ONSTACK;
    }
    return now;
}

/* The application's own has been set, for the kernel to judge it: which of them the kernel is to have. */
static int choose(struct thread_self *self, const stack_t *app, stack_t *old)
{
    const stack_t ours = {.ss_sp = self->altstack->base, .ss_size = safe_altstack_bytes()};
    bool is_off = app->ss_flags & SS_DISABLE;
    bool is_kernels = !is_off && ((app->ss_flags & (int)SS_AUTODISARM) || disposition_leaves_stacks());
    self->app_altstack_set = !is_off && !is_kernels;
    self->app_altstack = (stack_t){.ss_sp = app->ss_sp, .ss_size = app->ss_size};
    return real.sigaltstack(is_kernels ? NULL : &ours, old);
}

static int set(struct thread_self *self, const stack_t *ss, stack_t *old)
{
    stack_t found;
    if (real.sigaltstack(ss, &found) < 0)
        return -1;
    stack_t wanted = *ss; /* may be the same object as old */
    stack_t before = found.ss_sp == self->altstack->base ? shown(self, false) : found;
    if (before.ss_flags & SS_ONSTACK) {
        (void)real.sigaltstack(&found, NULL);
        errno = EPERM;
        return -1;
    }
    if (choose(self, &wanted, old) < 0)
        return -1;
    if (old)
        *old = before;
    return 0;
}

/* A thread made by a bare clone() may share its maker's thread pointer, and so this record: its alternate
 * stack is the kernel's affair, or two threads would stand on one. */
static bool is_own(const struct thread_self *self)
{
    return self->altstack && self->altstack->owner == (uint64_t)safe_gettid();
}

HOOK int sigaltstack(const stack_t *ss, stack_t *old)
{
    struct thread_self *self = &thread_self;
    real_need();
    if (ss && is_own(self) && !disposition_is_vfork_child())
        return set(self, ss, old);
    int error = real.sigaltstack(ss, old);
    if (error == 0 && self->altstack && old && old->ss_sp == self->altstack->base)
        *old = shown(self, old->ss_flags & SS_ONSTACK);
    return error;
}
