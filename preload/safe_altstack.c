/* SPDX-License-Identifier: MIT */
/* Safe file: runs in pthread_create, in each new thread, and in the helper process. */
#include "safe_altstack.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "safe_sys.h"

#define PAGE         4096u
#define PER_CHUNK    16u
#define CHUNKS       4096u /* 65,536 threads */
#define GUARDED      4096u /* entries with a guard page each: beyond, they would eat up max_map_count */
#define HINTS        1024u
#define POPS         8u
#define TRIES        64 /* of a race for fresh entries */
#define LEAST_BYTES  65536u
#define HANDLER_NEED 4096u /* of the handler's own frames, before it moves to another stack */
#define RESERVED     UINT64_MAX

static struct safe_altstack *_Atomic chunk[CHUNKS];
static _Atomic uint32_t chunk_count;
static _Atomic uint32_t fresh; /* entries handed out for the first time so far */
static size_t stack_bytes = LEAST_BYTES, least_usable = 8192;

/*
 * Entries (index + 1) whose thread is at its end or gone: the last ones first. Only hints: two threads may
 * disturb each other here and lose some, what counts is the owner in the entry. Threads that end by
 * pthread_exit or are cancelled leave no hint; a sweep over all entries finds them, once for so many takes
 * that it costs each two system calls.
 */
static _Atomic uint32_t hint[HINTS], hints;
static _Atomic uint32_t takes;   /* since the last sweep */
static _Atomic bool swept_short; /* the last sweep found more than the hints can hold */

void safe_altstack_prepare(size_t min_signal_stack)
{
    size_t want = min_signal_stack + LEAST_BYTES / 2;
    if (want > LEAST_BYTES)
        stack_bytes = (want + PAGE - 1) & ~(size_t)(PAGE - 1);
    least_usable = (min_signal_stack ? min_signal_stack : 4096) + HANDLER_NEED;
}

size_t safe_altstack_bytes(void)
{
    return stack_bytes;
}

size_t safe_altstack_least_usable(void)
{
    return least_usable;
}

void safe_altstack_around(const struct safe_thread *record, uint64_t *ret_start, uint64_t *ret_end)
{
    *ret_start = (uint64_t)record & ~UINT64_C(4095);
    *ret_end = *ret_start + PAGE + PER_CHUNK * (stack_bytes + PAGE);
}

static struct safe_altstack *entry(uint32_t index)
{
    struct safe_altstack *entries = __atomic_load_n(&chunk[index / PER_CHUNK], __ATOMIC_ACQUIRE);
    return entries ? &entries[index % PER_CHUNK] : NULL;
}

static uint32_t total(void)
{
    uint32_t chunks = __atomic_load_n(&chunk_count, __ATOMIC_ACQUIRE);
    return (chunks < CHUNKS ? chunks : CHUNKS) * PER_CHUNK;
}

static bool is_gone(uint64_t owner)
{
    /* The owner may be of before a fork: then it is no thread of this process either. */
    return owner && owner != RESERVED && safe_call(SYS_tgkill, safe_getpid(), owner, 0) == -ESRCH;
}

static bool claim(struct safe_altstack *a)
{
    uint64_t owner = __atomic_load_n(&a->owner, __ATOMIC_ACQUIRE);
    return (!owner || is_gone(owner)) && __atomic_compare_exchange_n(&a->owner, &owner, RESERVED, false,
                                                                     __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* Each entry is in there once at most, or the last ones would hide those below. */
static void push(struct safe_altstack *a)
{
    uint32_t at, lost;
    if (__atomic_exchange_n(&a->hinted, true, __ATOMIC_ACQ_REL))
        return;
    at = __atomic_fetch_add(&hints, 1, __ATOMIC_ACQ_REL);
    lost = __atomic_exchange_n(&hint[at % HINTS], a->index + 1, __ATOMIC_ACQ_REL);
    if (lost)
        __atomic_store_n(&entry(lost - 1)->hinted, false, __ATOMIC_RELEASE);
}

/* An empty place is passed over: another thread's push may have come between a pop's two steps, with hints
 * below. */
static struct safe_altstack *pop(void)
{
    uint32_t head = __atomic_load_n(&hints, __ATOMIC_ACQUIRE), i;
    for (i = 1; i <= POPS; i++) {
        uint32_t index = __atomic_exchange_n(&hint[(head - i) % HINTS], 0, __ATOMIC_ACQ_REL),
                 above = head - i + 1;
        struct safe_altstack *a = index ? entry(index - 1) : NULL;
        __atomic_compare_exchange_n(&hints, &above, head - i, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
        if (!a)
            continue;
        __atomic_store_n(&a->hinted, false, __ATOMIC_RELEASE);
        if (claim(a))
            return a;
    }
    return NULL;
}

static void sweep(void)
{
    uint32_t i, n = total(), found = 0;
    __atomic_store_n(&takes, 0, __ATOMIC_RELEASE);
    for (i = 0; i < n && found < HINTS; i++) {
        struct safe_altstack *a = entry(i);
        if (a && is_gone(__atomic_load_n(&a->owner, __ATOMIC_ACQUIRE))) {
            push(a);
            found++;
        }
    }
    __atomic_store_n(&swept_short, found == HINTS, __ATOMIC_RELEASE);
}

/*
 * One mapping: the entries' page, then for each stack a guard page and the stack. It is there before its
 * number counts: nobody may pass over entries that are still to come.
 */
static bool grow(void)
{
    size_t bytes = PAGE + PER_CHUNK * (stack_bytes + PAGE);
    uint32_t i, at = __atomic_load_n(&chunk_count, __ATOMIC_ACQUIRE);
    struct safe_altstack *entries, *none = NULL;
    long p = at < CHUNKS ? safe_call(SYS_mmap, 0, bytes, PROT_READ | PROT_WRITE,
                                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
                         : -ENOMEM;
    if (safe_is_error(p))
        return false;
    entries = (struct safe_altstack *)p;
    for (i = 0; i < PER_CHUNK; i++)
        entries[i].index = at * PER_CHUNK + i;
    if (!__atomic_compare_exchange_n(&chunk[at], &none, entries, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        safe_call(SYS_munmap, p, bytes);
    __atomic_compare_exchange_n(&chunk_count, &(uint32_t){at}, at + 1, false, __ATOMIC_ACQ_REL,
                                __ATOMIC_RELAXED);
    return true;
}

/* An entry that was never used. */
static struct safe_altstack *take_fresh(void)
{
    int try;
    for (try = 0; try < TRIES; try++) {
        uint32_t at = __atomic_load_n(&fresh, __ATOMIC_ACQUIRE);
        while (at < total()) {
            struct safe_altstack *a = entry(at);
            if (!__atomic_compare_exchange_n(&fresh, &at, at + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
                continue;
            if (a && claim(a))
                return a;
            at++;
        }
        if (!grow())
            break;
    }
    return NULL;
}

/*
 * A stack gets its guard when it is first used: most processes need one. Not MADV_GUARD_INSTALL:
 * /proc/self/maps would call the page readable, and redis's memory test believes that.
 */
static struct safe_altstack *outfit(struct safe_altstack *a)
{
    char *entries = (char *)((uint64_t)a & ~UINT64_C(4095));
    char *guard = entries + PAGE + (size_t)(a - (struct safe_altstack *)entries) * (stack_bytes + PAGE);
    if (!a->base) {
        if (a->index < GUARDED)
            safe_call(SYS_mprotect, guard, PAGE, PROT_NONE);
        a->base = guard + PAGE;
    }
    return a;
}

struct safe_altstack *safe_altstack_take(void)
{
    uint32_t since = __atomic_add_fetch(&takes, 1, __ATOMIC_ACQ_REL);
    struct safe_altstack *a = pop();
    if (!a && (since >= total() / 2 || __atomic_load_n(&swept_short, __ATOMIC_ACQUIRE))) {
        sweep();
        a = pop();
    }
    if (!a)
        a = take_fresh();
    return a ? outfit(a) : NULL;
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
    stack_t ss = {.ss_sp = a->base, .ss_size = stack_bytes};
    safe_altstack_adopt(a);
    return (int)safe_call(SYS_sigaltstack, &ss, NULL);
}

void safe_altstack_each(int (*visit)(const struct safe_altstack *a, void *arg), void *arg)
{
    uint32_t chunks = __atomic_load_n(&chunk_count, __ATOMIC_ACQUIRE), at, i;
    for (at = 0; at < chunks && at < CHUNKS; at++) {
        const struct safe_altstack *entries = __atomic_load_n(&chunk[at], __ATOMIC_ACQUIRE);
        for (i = 0; entries && i < PER_CHUNK; i++) {
            uint64_t owner = __atomic_load_n(&entries[i].owner, __ATOMIC_ACQUIRE);
            if (owner && owner != RESERVED && !visit(&entries[i], arg))
                return;
        }
    }
}
