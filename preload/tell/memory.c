/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the hooks of crumple.h and in the helper. See tell/memory.h. */
#include "tell/memory.h"

#include <errno.h>
#include <sys/mman.h>

#include "base/io.h"
#include "base/sys.h"

#define FIRST_CHUNK 64u /* tables; each further chunk has twice as many as the one before it */
#define TABLE_BYTES 4096u
#define TRIES       40000 /* more than there are tables */

/* The chunks come first, in the order of their making: the next one is made when all tables before it have an owner. */
static char *_Atomic mapping[SAFE_TELL_PARTS];
static _Atomic uint32_t chunk_count, fresh; /* fresh: tables that were handed out for the first time */
static _Atomic uint32_t takes;              /* since the last search for ended threads */
static _Atomic uint32_t left,
    cursor;                 /* tables that were found then and have no owner; where to look for one */
static uint64_t own_offset; /* of safe_tags_own from a thread pointer: the same in all threads */

static size_t bytes_of(uint32_t part)
{
    return part == SAFE_TELL_PROCESS ? TABLE_BYTES
           : part == SAFE_TELL_RING  ? SAFE_TELL_RING_BYTES
                                     : (size_t)(FIRST_CHUNK << part) * TABLE_BYTES;
}

void *safe_tell_made(uint32_t part)
{
    return __atomic_load_n(&mapping[part], __ATOMIC_ACQUIRE);
}

void *safe_tell_map(uint32_t part)
{
    char *none = NULL;
    const size_t bytes = bytes_of(part);
    if (safe_tell_made(part))
        return safe_tell_made(part);
    long p = safe_call(SYS_mmap, 0, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (safe_is_error(p))
        return safe_tell_made(part);
    safe_call(SYS_madvise, p, bytes, MADV_DONTDUMP);
    safe_call(SYS_madvise, p, bytes, MADV_NOHUGEPAGE);
    if (__atomic_compare_exchange_n(&mapping[part], &none, (char *)p, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE))
        return (void *)p;
    safe_call(SYS_munmap, p, bytes);
    return none;
}

void safe_tell_each(void (*visit)(uint64_t start, uint64_t end, void *arg), void *arg)
{
    for (uint32_t i = 0; i < SAFE_TELL_PARTS; i++) {
        const uint64_t start = (uint64_t)safe_tell_made(i);
        if (start)
            visit(start, start + bytes_of(i), arg);
    }
}

static uint32_t chunk_start(uint32_t at)
{
    return FIRST_CHUNK * ((1u << at) - 1);
}

static struct safe_tags *table(uint32_t index)
{
    uint32_t at = 31u - (uint32_t)__builtin_clz(index / FIRST_CHUNK + 1);
    char *tables = safe_tell_made(at);
    return tables ? (struct safe_tags *)(tables + (size_t)(index - chunk_start(at)) * TABLE_BYTES) : NULL;
}

static bool grow(void)
{
    uint32_t count = __atomic_load_n(&chunk_count, __ATOMIC_ACQUIRE);
    if (count == SAFE_TELL_CHUNKS || !safe_tell_map(count))
        return false;
    __atomic_compare_exchange_n(&chunk_count, &count, count + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
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

/* A race for one costs another turn: each turn that is lost is another thread's table. */
static struct safe_tags *take_fresh(int tid)
{
    for (int try = 0; try < TRIES; try++) {
        uint32_t at = __atomic_load_n(&fresh, __ATOMIC_ACQUIRE);
        struct safe_tags *t = NULL;
        if (at >= chunk_start(__atomic_load_n(&chunk_count, __ATOMIC_ACQUIRE))) {
            if (!grow())
                return NULL;
        } else if (__atomic_compare_exchange_n(&fresh, &at, at + 1, false, __ATOMIC_ACQ_REL,
                                               __ATOMIC_ACQUIRE)) {
            t = claim(at, tid);
        }
        if (t)
            return t;
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

const struct safe_tags *safe_tags_of(int tid, uint64_t fs_base, bool has_tls)
{
    const uint64_t offset = __atomic_load_n(&own_offset, __ATOMIC_ACQUIRE);
    uint64_t at = 0;
    if (!fs_base || !offset)
        return NULL;
    if (has_tls)
        at = *(const volatile uint64_t *)(fs_base + offset);
    else if (safe_read_memory(fs_base + offset, &at, sizeof at) < 0)
        return NULL;
    for (uint32_t i = 0; i < SAFE_TELL_CHUNKS; i++) {
        const uint64_t start = (uint64_t)safe_tell_made(i);
        if (!start || at < start || at - start >= bytes_of(i) || (at - start) % TABLE_BYTES)
            continue;
        const struct safe_tags *t = (const struct safe_tags *)at;
        return __atomic_load_n(&t->owner, __ATOMIC_ACQUIRE) == -tid ? t : NULL;
    }
    return NULL;
}
