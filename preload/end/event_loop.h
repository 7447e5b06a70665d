/* SPDX-License-Identifier: MIT */
/*
 * Restarting a routine that is inside libevent's event loop. A loop that is left by a jump stays marked as
 * running, and refuses to run again (event_base_loop of libevent: "reentrant invocation"): the routine would
 * return, and every connection it had would hang. So the loop is left by its own door: the callback that
 * faulted is made to return into it, after event_base_loopbreak(), and once the loop has come to its end by
 * itself the routine is run again.
 */
#ifndef PRELOAD_END_EVENT_LOOP_H
#define PRELOAD_END_EVENT_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct safe_thread;

/* One call of event_base_loop that is under way in a wrapped thread. */
struct recover_loop {
    void *base;
    uint64_t frame; /* frame address of the hook, whose callee the loop is */
    bool left;      /* to be followed by a landing in the recovery frame */
    struct recover_loop *outer;
};

/* Looks up what of libgcc's unwinder and of libevent is there. Ordinary code. */
void recover_loops_prepare(void *(*find)(const char *), void *(*find_in)(const char *, const char *));

/* Around the call: for the hook of event_base_loop. leave() does not return when the loop was left to restart
 * the routine. */
void recover_loops_enter(struct recover_loop *loop, void *base, void *frame);
void recover_loops_leave(struct recover_loop *loop);

/* In recover_end: leaves the loop the thread is in. Returns when that cannot be done: no callback is on the
 * stack, or libevent's own code inside of one. */
void recover_loops_return(struct safe_thread *t);

#endif
