/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the hooks of crumple.h and in the helper. See tell/memory.h. */
#include "tell/memory.h"

#include <errno.h>
#include <sys/mman.h>

#include "base/io.h"
#include "base/sys.h"

#define MAPPINGS_MAX 12u
#define FIRST_CHUNK  64u /* tables; each further chunk has twice as many as the one before it */
#define CHUNKS       9u  /* 32,704 threads */
#define TABLE_BYTES  4096u
#define TRIES        64

static struct {
    _Atomic uint64_t start;
    uint64_t end;
} mapping[MAPPINGS_MAX];

static char *_Atomic
    chunk[CHUNKS]; /* in the order of their making; the next one is only made when all have an owner */
static _Atomic uint32_t chunk_count, fresh; /* fresh: tables that were handed out for the first time */
static _Atomic uint32_t takes;              /* since the last search for ended threads */
static _Atomic uint32_t left,
    cursor;                 /* tables that were found then and have no owner; where to look for one */
static uint64_t own_offset; /* of safe_tags_own from a thread pointer: the same in all threads */

void *safe_tell_map(size_t bytes)
{
    uint64_t none = 0;
    long p = safe_call(SYS_mmap, 0, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (safe_is_error(p))
        return NULL;
    safe_call(SYS_madvise, p, bytes, MADV_DONTDUMP);
    safe_call(SYS_madvise, p, bytes, MADV_NOHUGEPAGE);
    for (uint32_t i = 0; i < MAPPINGS_MAX; i++, none = 0) {
        if (!__atomic_compare_exchange_n(&mapping[i].start, &none, (uint64_t)p, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_ACQUIRE))
            continue;
        __atomic_store_n(&mapping[i].end, (uint64_t)p + bytes, __ATOMIC_RELEASE);
        return (void *)p;
    }
    safe_call(SYS_munmap, p, bytes);
    return NULL;
}

void safe_tell_each(void (*visit)(uint64_t start, uint64_t end, void *arg), void *arg)
{
    for (uint32_t i = 0; i < MAPPINGS_MAX; i++) {
        uint64_t end = __atomic_load_n(&mapping[i].end, __ATOMIC_ACQUIRE);
        if (end)
            visit(__atomic_load_n(&mapping[i].start, __ATOMIC_ACQUIRE), end, arg);
    }
}

static uint32_t chunk_start(uint32_t at)
{
    return FIRST_CHUNK * ((1u << at) - 1);
}

static struct safe_tags *table(uint32_t index)
{
    uint32_t at = 31u - (uint32_t)__builtin_clz(index / FIRST_CHUNK + 1);
    char *tables = __atomic_load_n(&chunk[at], __ATOMIC_ACQUIRE);
    return tables ? (struct safe_tags *)(tables + (size_t)(index - chunk_start(at)) * TABLE_BYTES) : NULL;
}

static bool grow(void)
{
    char *none = NULL;
    uint32_t count = __atomic_load_n(&chunk_count, __ATOMIC_ACQUIRE);
    if (count == CHUNKS)
        return false;
    const size_t bytes = (size_t)(FIRST_CHUNK << count) * TABLE_BYTES;
    char *tables = safe_tell_map(bytes);
    if (!tables)
        return false;
    /* Another thread may have been faster; what was made then is lost, which happens once in a chunk's life. */
    if (__atomic_compare_exchange_n(&chunk[count], &none, tables, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        __atomic_store_n(&chunk_count, count + 1, __ATOMIC_RELEASE);
    return true;
}

static struct safe_tags *claim(uint32_t index, int tid)
{
    struct safe_tags *t = table(index);
    int nobody = 0;
    if (t && __atomic_compare_exchange_n(&t->owner, &nobody, -tid, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return t;
    return NULL;
}

static struct safe_tags *take_fresh(int tid)
{
    for (int try = 0; try < TRIES; try++) {
        uint32_t at = __atomic_load_n(&fresh, __ATOMIC_ACQUIRE);
        if (at >= chunk_start(__atomic_load_n(&chunk_count, __ATOMIC_ACQUIRE))) {
            if (!grow())
                return NULL;
            continue;
        }
        if (__atomic_compare_exchange_n(&fresh, &at, at + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
            struct safe_tags *t = claim(at, tid);
            if (t)
                return t;
        }
    }
    return NULL;
}

/* Gives up the tables whose thread has ended, or is of before a fork; also one of a former thread with this tid. */
static void free_left(int tid)
{
    const uint32_t count = __atomic_load_n(&fresh, __ATOMIC_ACQUIRE);
    const int pid = safe_getpid();
    for (uint32_t i = 0; i < count; i++) {
        struct safe_tags *t = table(i);
        int owner = t ? __atomic_load_n(&t->owner, __ATOMIC_ACQUIRE) : 0;
        if (owner && (owner == -tid || safe_call(SYS_tgkill, pid, -owner, 0) == -ESRCH) &&
            __atomic_compare_exchange_n(&t->owner, &owner, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            __atomic_add_fetch(&left, 1, __ATOMIC_ACQ_REL);
    }
}

/* One of those; the search goes on where the last one ended. */
static struct safe_tags *take_left(int tid)
{
    const uint32_t count = __atomic_load_n(&fresh, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count && (int)__atomic_load_n(&left, __ATOMIC_ACQUIRE) > 0; i++) {
        uint32_t at = __atomic_fetch_add(&cursor, 1, __ATOMIC_ACQ_REL) % count;
        struct safe_tags *t = claim(at, tid);
        if (t) {
            __atomic_sub_fetch(&left, 1, __ATOMIC_ACQ_REL);
            return t;
        }
    }
    return NULL;
}

struct safe_tags *safe_tags_take(void)
{
    const int tid = safe_gettid();
    __atomic_store_n(&own_offset, (uint64_t)&safe_tags_own - safe_fs_base(), __ATOMIC_RELEASE);
    /* A search costs a system call for each table: so many takes must pay for it. */
    const uint32_t since = __atomic_add_fetch(&takes, 1, __ATOMIC_ACQ_REL);
    struct safe_tags *t = take_left(tid);
    if (!t && since > __atomic_load_n(&fresh, __ATOMIC_ACQUIRE) / 2) {
        __atomic_store_n(&takes, 0, __ATOMIC_RELEASE);
        free_left(tid);
        t = take_left(tid);
    }
    t = t ? t : take_fresh(tid);
    if (t) {
        safe_tags_clear(t);
        safe_tags_own = t;
    }
    return t;
}

void safe_tags_forked(void)
{
    if (safe_tags_own)
        __atomic_store_n(&safe_tags_own->owner, -safe_gettid(), __ATOMIC_RELEASE);
}

const struct safe_tags *safe_tags_of(int tid, uint64_t fs_base)
{
    const uint64_t offset = __atomic_load_n(&own_offset, __ATOMIC_ACQUIRE);
    uint64_t at = 0;
    if (!fs_base || !offset || safe_read_memory(fs_base + offset, &at, sizeof at) < 0 || !at)
        return NULL;
    for (uint32_t i = 0; i < CHUNKS; i++) {
        const uint64_t start = (uint64_t)__atomic_load_n(&chunk[i], __ATOMIC_ACQUIRE);
        if (!start || at < start || at - start >= (uint64_t)(FIRST_CHUNK << i) * TABLE_BYTES ||
            (at - start) % TABLE_BYTES)
            continue;
        const struct safe_tags *t = (const struct safe_tags *)at;
        return __atomic_load_n(&t->owner, __ATOMIC_ACQUIRE) == -tid ? t : NULL;
    }
    return NULL;
}
