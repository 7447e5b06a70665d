/* SPDX-License-Identifier: MIT */
/*
 * Alternate signal stacks: one for main and one for each thread made by pthread_create, from a pool. A stack
 * is used again only after the kernel has forgotten its thread, because a thread takes signals until its very
 * end, after every destructor. Any context; no locks.
 */
#ifndef CRUMPLE_PRELOAD_STATE_ALTSTACK_H
#define CRUMPLE_PRELOAD_STATE_ALTSTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "state/thread.h"

struct safe_altstack {
    _Atomic uint64_t owner; /* 0 free, RESERVED, or the tid */
    char *base;
    uint32_t index;
    _Atomic bool hinted; /* among the entries to look at first */
    /* Arguments of the new thread: kept here to save an allocation. */
    void *(*routine)(void *);
    void *argument;
    uint64_t shadow, mask_set;
    bool is_recoverable; /* it runs in a recovery frame */
    struct safe_thread thread;
};
_Static_assert(sizeof(struct safe_altstack) <= 256, "2,032 of them are always there");

/** Sizes the stacks for this machine's signal frames (AT_MINSIGSTKSZ; 0 if the kernel does not provide it). */
void safe_altstack_prepare(size_t min_signal_stack);
size_t safe_altstack_bytes(void);
/** An application's own stack of fewer bytes would not hold a signal frame and the entry of a handler. */
size_t safe_altstack_least_usable(void);

/* A thread's record and its alternate stack, with those of its neighbours. */
struct safe_altstack_around {
    uint64_t stacks_start, stacks_end, entries_start, entries_end;
};
void safe_altstack_around(const struct safe_thread *record, struct safe_altstack_around *ret);

/** Reserves a stack; NULL: no memory. Lock-free, so a forked child may call it, whatever its parent's threads
 * were doing. */
struct safe_altstack *safe_altstack_take(void);
/** Gives back a stack that no thread has used. */
void safe_altstack_release(struct safe_altstack *a);
/** A hint that the stack's owner is about to end. */
void safe_altstack_leave(struct safe_altstack *a);
/** Makes the calling thread the owner. After a fork, when the thread has another tid. */
void safe_altstack_adopt(struct safe_altstack *a);
/** Installs the stack in the calling thread. Returns 0 or a negative errno. */
int safe_altstack_install(struct safe_altstack *a);

/**
 * Unmaps unused stacks, except the first sixteen. Costs a system call per chunk (seven with 1,000 threads)
 * and one for each thread that has ended since. Not for a process that shares another's memory: the other's
 * threads would look ended to it.
 */
void safe_altstack_trim(void);

/** Calls visit for every stack that has an owner, until it returns false. For the report: tid and start
 * routine. */
void safe_altstack_each(int (*visit)(const struct safe_altstack *a, void *arg), void *arg);

#endif
