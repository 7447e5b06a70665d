/* SPDX-License-Identifier: MIT */
/* Safe file: the memory of the alternate stacks. See state/altstack_chunks.h. */
#include "state/altstack_chunks.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

#include "base/sys.h"

#define PAGE          4096u
#define FIRST_CHUNK   16u /* stacks; each further chunk has twice as many as the one before it */
#define CHUNKS        13u /* 131,056 threads */
#define FIRST_CHUNKS  7u  /* whose entries are no mapping of their own */
#define FIRST_ENTRIES (FIRST_CHUNK * ((1u << FIRST_CHUNKS) - 1))
#define LEAST_BYTES   65536u
#define HANDLER_NEED  4096u /* of the handler's own frames, before it moves to another stack */
#define RESERVED      UINT64_MAX

static char *_Atomic stacks[CHUNKS];                  /* the lowest stack; NULL: not mapped now */
static struct safe_altstack *_Atomic entries[CHUNKS]; /* NULL: never mapped so far */
static struct safe_altstack first_entries[FIRST_ENTRIES];
static _Atomic uint32_t chunk_count;
static _Atomic uint32_t in_use[CHUNKS]; /* an entry of each that had an owner at the last look */
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

static uint32_t chunk_size(uint32_t at)
{
    return FIRST_CHUNK << at;
}

/* How many stacks lie in the chunks before this one. */
static uint32_t chunk_start(uint32_t at)
{
    return FIRST_CHUNK * ((1u << at) - 1);
}

static uint32_t chunk_of(uint32_t index)
{
    return 31u - (uint32_t)__builtin_clz(index / FIRST_CHUNK + 1);
}

static size_t stacks_bytes(uint32_t at)
{
    return chunk_size(at) * stack_bytes;
}

static size_t entries_bytes(uint32_t at)
{
    return chunk_size(at) * sizeof(struct safe_altstack);
}

struct safe_altstack *safe_altstack_entry(uint32_t index)
{
    uint32_t at = chunk_of(index);
    struct safe_altstack *all = __atomic_load_n(&entries[at], __ATOMIC_ACQUIRE);
    return all ? &all[index - chunk_start(at)] : NULL;
}

void safe_altstack_around(const struct safe_thread *record, struct safe_altstack_around *ret)
{
    const struct safe_altstack *a =
        (const struct safe_altstack *)((uint64_t)record - offsetof(struct safe_altstack, thread));
    uint32_t at = chunk_of(a->index);
    ret->stacks_start = (uint64_t)__atomic_load_n(&stacks[at], __ATOMIC_ACQUIRE);
    ret->stacks_end = ret->stacks_start + stacks_bytes(at);
    ret->entries_start = (uint64_t)__atomic_load_n(&entries[at], __ATOMIC_ACQUIRE);
    ret->entries_end = ret->entries_start + entries_bytes(at);
}

uint32_t safe_altstack_total(void)
{
    return chunk_start(__atomic_load_n(&chunk_count, __ATOMIC_ACQUIRE));
}

bool safe_altstack_is_gone(uint64_t owner)
{
    /* The owner may be of before a fork: then it is no thread of this process either. */
    return owner && owner != RESERVED && safe_call(SYS_tgkill, safe_getpid(), owner, 0) == -ESRCH;
}

bool safe_altstack_claim(struct safe_altstack *a)
{
    uint64_t owner = __atomic_load_n(&a->owner, __ATOMIC_ACQUIRE);
    return (!owner || safe_altstack_is_gone(owner)) &&
           __atomic_compare_exchange_n(&a->owner, &owner, RESERVED, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}

static void *map(size_t bytes)
{
    long p = safe_call(SYS_mmap, 0, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return safe_is_error(p) ? NULL : (void *)p;
}

/* No huge pages: the first signal of a thread would take 2 MiB. */
static bool map_stacks(uint32_t at)
{
    size_t bytes = PAGE + stacks_bytes(at);
    char *none = NULL;
    if (__atomic_load_n(&stacks[at], __ATOMIC_ACQUIRE))
        return true;
    char *new = map(bytes);
    if (!new)
        return false;
    safe_call(SYS_mprotect, new, PAGE, PROT_NONE);
    safe_call(SYS_madvise, new, bytes, MADV_NOHUGEPAGE);
    if (!__atomic_compare_exchange_n(&stacks[at], &none, new + PAGE, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED))
        safe_call(SYS_munmap, new, bytes);
    return true;
}

static bool map_entries(uint32_t at)
{
    struct safe_altstack *none = NULL;
    if (__atomic_load_n(&entries[at], __ATOMIC_ACQUIRE))
        return true;
    struct safe_altstack *new = at < FIRST_CHUNKS ? &first_entries[chunk_start(at)] : map(entries_bytes(at));
    if (!new)
        return false;
    if (!__atomic_compare_exchange_n(&entries[at], &none, new, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED) &&
        at >= FIRST_CHUNKS)
        safe_call(SYS_munmap, new, entries_bytes(at));
    return true;
}

/* A chunk is mapped before its number counts: no reader may skip entries that are still to come. */
bool safe_altstack_grow(void)
{
    uint32_t at = __atomic_load_n(&chunk_count, __ATOMIC_ACQUIRE);
    if (at >= CHUNKS || !map_stacks(at) || !map_entries(at))
        return false;
    __atomic_compare_exchange_n(&chunk_count, &(uint32_t){at}, at + 1, false, __ATOMIC_ACQ_REL,
                                __ATOMIC_RELAXED);
    return true;
}

bool safe_altstack_outfit(struct safe_altstack *a)
{
    uint32_t at = chunk_of(a->index);
    if (!map_stacks(at))
        return false;
    a->base = __atomic_load_n(&stacks[at], __ATOMIC_ACQUIRE) + (a->index - chunk_start(at)) * stack_bytes;
    return true;
}

/* Looks first where it was in use the last time: mostly it still is, and one system call was enough. */
static bool is_in_use(uint32_t at, struct safe_altstack *all)
{
    uint32_t n = chunk_size(at), first = __atomic_load_n(&in_use[at], __ATOMIC_RELAXED);
    for (uint32_t i = 0; i < n; i++) {
        struct safe_altstack *a = &all[(first + i) % n];
        uint64_t owner = __atomic_load_n(&a->owner, __ATOMIC_ACQUIRE);
        if (owner &&
            !(safe_altstack_is_gone(owner) &&
              __atomic_compare_exchange_n(&a->owner, &owner, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))) {
            __atomic_store_n(&in_use[at], (first + i) % n, __ATOMIC_RELAXED);
            return true;
        }
    }
    return false;
}

static void give_back(uint32_t at)
{
    struct safe_altstack *all = __atomic_load_n(&entries[at], __ATOMIC_ACQUIRE);
    uint32_t i = 0;
    if (!all || !__atomic_load_n(&stacks[at], __ATOMIC_ACQUIRE) || is_in_use(at, all))
        return;
    while (i < chunk_size(at) && safe_altstack_claim(&all[i]))
        i++;
    /* With all entries it is ours alone. */
    char *low = i == chunk_size(at) ? __atomic_exchange_n(&stacks[at], NULL, __ATOMIC_ACQ_REL) : NULL;
    if (low)
        safe_call(SYS_munmap, low - PAGE, PAGE + stacks_bytes(at));
    while (i-- > 0) {
        if (low)
            all[i].base = NULL;
        __atomic_store_n(&all[i].owner, 0, __ATOMIC_RELEASE);
    }
}

void safe_altstack_trim(void)
{
    uint32_t count = __atomic_load_n(&chunk_count, __ATOMIC_ACQUIRE);
    for (uint32_t at = 1; at < count; at++)
        give_back(at);
}

void safe_altstack_each(int (*visit)(const struct safe_altstack *a, void *arg), void *arg)
{
    for (uint32_t at = 0; at < CHUNKS; at++) {
        const struct safe_altstack *all = __atomic_load_n(&entries[at], __ATOMIC_ACQUIRE);
        for (uint32_t i = 0; all && i < chunk_size(at); i++) {
            uint64_t owner = __atomic_load_n(&all[i].owner, __ATOMIC_ACQUIRE);
            if (owner && owner != RESERVED && !visit(&all[i], arg))
                return;
        }
    }
}
