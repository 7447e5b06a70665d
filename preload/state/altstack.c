/* SPDX-License-Identifier: MIT */
/* Safe file: runs in pthread_create, in each new thread, and in the helper process. */
#include "state/altstack.h"

#include <signal.h>
#include <stdbool.h>

#include "state/altstack_chunks.h"
#include "base/sys.h"

#define HINTS 1024u
#define POPS  8u
#define TRIES 64 /* of a race for fresh entries */

static _Atomic uint32_t fresh; /* entries handed out for the first time so far */

/*
 * Entries (index + 1) whose thread is at its end or gone: the last ones first. Only hints: two threads may
 * disturb each other here and lose some, what counts is the owner in the entry. Threads that end by
 * pthread_exit or are cancelled leave no hint; a sweep over all entries finds them, once for so many takes
 * that it costs each two system calls.
 */
static _Atomic uint32_t hint[HINTS], hints;
static _Atomic uint32_t takes;   /* since the last sweep */
static _Atomic bool swept_short; /* the last sweep found more than the hints can hold */

/* Each entry is in there once at most, or the last ones would hide those below. */
static void push(struct safe_altstack *a)
{
    if (__atomic_exchange_n(&a->hinted, true, __ATOMIC_ACQ_REL))
        return;
    uint32_t at = __atomic_fetch_add(&hints, 1, __ATOMIC_ACQ_REL);
    uint32_t lost = __atomic_exchange_n(&hint[at % HINTS], a->index + 1, __ATOMIC_ACQ_REL);
    if (lost)
        __atomic_store_n(&safe_altstack_entry(lost - 1)->hinted, false, __ATOMIC_RELEASE);
}

/* An empty place is passed over: another thread's push may have come between a pop's two steps, with hints
 * below. */
static struct safe_altstack *pop(void)
{
    uint32_t head = __atomic_load_n(&hints, __ATOMIC_ACQUIRE);
    for (uint32_t i = 1; i <= POPS; i++) {
        uint32_t index = __atomic_exchange_n(&hint[(head - i) % HINTS], 0, __ATOMIC_ACQ_REL),
                 above = head - i + 1;
        struct safe_altstack *a = index ? safe_altstack_entry(index - 1) : NULL;
        __atomic_compare_exchange_n(&hints, &above, head - i, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
        if (!a)
            continue;
        __atomic_store_n(&a->hinted, false, __ATOMIC_RELEASE);
        if (safe_altstack_claim(a))
            return a;
    }
    return NULL;
}

static void sweep(void)
{
    uint32_t n = safe_altstack_total(), found = 0;
    __atomic_store_n(&takes, 0, __ATOMIC_RELEASE);
    for (uint32_t i = 0; i < n && found < HINTS; i++) {
        struct safe_altstack *a = safe_altstack_entry(i);
        if (a && safe_altstack_is_gone(__atomic_load_n(&a->owner, __ATOMIC_ACQUIRE))) {
            push(a);
            found++;
        }
    }
    __atomic_store_n(&swept_short, found == HINTS, __ATOMIC_RELEASE);
}

/* An entry that was never used. */
static struct safe_altstack *take_fresh(void)
{
    for (int try = 0; try < TRIES; try++) {
        uint32_t at = __atomic_load_n(&fresh, __ATOMIC_ACQUIRE);
        while (at < safe_altstack_total()) {
            struct safe_altstack *a = safe_altstack_entry(at);
            if (!__atomic_compare_exchange_n(&fresh, &at, at + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
                continue;
            if (a && safe_altstack_claim(a)) {
                a->index = at;
                return a;
            }
            at++;
        }
        if (!safe_altstack_grow())
            break;
    }
    return NULL;
}

struct safe_altstack *safe_altstack_take(void)
{
    uint32_t since = __atomic_add_fetch(&takes, 1, __ATOMIC_ACQ_REL);
    struct safe_altstack *a = pop();
    if (!a && (since >= safe_altstack_total() / 2 || __atomic_load_n(&swept_short, __ATOMIC_ACQUIRE))) {
        sweep();
        a = pop();
    }
    if (!a)
        a = take_fresh();
    if (a && !a->base && !safe_altstack_outfit(a)) {
        safe_altstack_release(a);
        return NULL;
    }
    return a;
}

void safe_altstack_release(struct safe_altstack *a)
{
    __atomic_store_n(&a->owner, 0, __ATOMIC_RELEASE);
    push(a);
}

void safe_altstack_leave(struct safe_altstack *a)
{
    push(a);
}

void safe_altstack_adopt(struct safe_altstack *a)
{
    __atomic_store_n(&a->owner, (uint64_t)safe_gettid(), __ATOMIC_RELEASE);
}

int safe_altstack_install(struct safe_altstack *a)
{
    stack_t ss = {.ss_sp = a->base, .ss_size = safe_altstack_bytes()};
    safe_altstack_adopt(a);
    return (int)safe_call(SYS_sigaltstack, &ss, NULL);
}
