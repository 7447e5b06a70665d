/* SPDX-License-Identifier: MIT */
/* Safe file: runs in pthread_create, in each new thread, and in the helper process. */
#include "safe_altstack.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>

#include "safe_sys.h"

#define PAGE         4096u
#define PER_CHUNK    16u
#define CHUNKS       4096u /* 65,536 threads */
#define PROBES       8     /* entries looked at before the pool grows: bounds the cost of a pthread_create */
#define LEAST_BYTES  65536u
#define HANDLER_NEED 4096u /* of the handler's own frames, before it moves to another stack */
#define RESERVED     UINT64_MAX

static struct safe_altstack *_Atomic chunk[CHUNKS];
static _Atomic uint32_t chunk_count, hand;
static size_t stack_bytes = LEAST_BYTES, least_usable = 8192;

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

static int claim(struct safe_altstack *a)
{
    uint64_t owner = __atomic_load_n(&a->owner, __ATOMIC_ACQUIRE);
    if (owner == RESERVED)
        return 0;
    /* The owner may be of before a fork: then it is no thread of this process either. */
    if (owner && safe_call(SYS_tgkill, safe_getpid(), owner, 0) != -ESRCH)
        return 0;
    return __atomic_compare_exchange_n(&a->owner, &owner, RESERVED, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* One mapping: the entries' page, then for each stack a guard page and the stack. */
static struct safe_altstack *grow(void)
{
    size_t total = PAGE + PER_CHUNK * (stack_bytes + PAGE);
    uint32_t at = __atomic_fetch_add(&chunk_count, 1, __ATOMIC_ACQ_REL);
    struct safe_altstack *entries;
    long p;
    if (at >= CHUNKS) {
        __atomic_store_n(&chunk_count, CHUNKS, __ATOMIC_RELEASE);
        return NULL;
    }
    p = safe_call(SYS_mmap, 0, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                  0);
    if (safe_is_error(p))
        return NULL;
    entries = (struct safe_altstack *)p;
    entries[0].owner = RESERVED;
    __atomic_store_n(&chunk[at], entries, __ATOMIC_RELEASE);
    return entries;
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
        safe_call(SYS_mprotect, guard, PAGE, PROT_NONE);
        a->base = guard + PAGE;
    }
    return a;
}

struct safe_altstack *safe_altstack_take(void)
{
    uint32_t chunks = __atomic_load_n(&chunk_count, __ATOMIC_ACQUIRE), total, i;
    struct safe_altstack *fresh;
    total = (chunks < CHUNKS ? chunks : CHUNKS) * PER_CHUNK;
    for (i = 0; i < PROBES && i < total; i++) {
        uint32_t at = __atomic_fetch_add(&hand, 1, __ATOMIC_RELAXED) % total;
        struct safe_altstack *entries = __atomic_load_n(&chunk[at / PER_CHUNK], __ATOMIC_ACQUIRE);
        if (entries && claim(&entries[at % PER_CHUNK]))
            return outfit(&entries[at % PER_CHUNK]);
    }
    fresh = grow();
    return fresh ? outfit(fresh) : NULL;
}

void safe_altstack_release(struct safe_altstack *a)
{
    __atomic_store_n(&a->owner, 0, __ATOMIC_RELEASE);
}

int safe_altstack_install(struct safe_altstack *a)
{
    stack_t ss = {.ss_sp = a->base, .ss_size = stack_bytes};
    __atomic_store_n(&a->owner, (uint64_t)safe_gettid(), __ATOMIC_RELEASE);
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
