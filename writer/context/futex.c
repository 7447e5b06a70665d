/* SPDX-License-Identifier: MIT */
#include "context/futex.h"

#include <inttypes.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>

#include "context/lock_names.h"
#include "context/locks.h"
#include "context/musl_locks.h"
#include "context/wait_text.h"

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif
#define DESCRIPTOR_BYTES                                                                                     \
    8192                 /* more than struct pthread of any glibc has: its member tid is the word of a join */
#define CONTENDED      2 /* glibc's lowlevellock.h: locked, and others wait */
#define KIND_ROBUST_PI (16 | 32) /* nptl/pthreadP.h: the word itself holds the owner */
#define KIND_MAX       0x3ff

/* struct __pthread_mutex_s (sysdeps/x86/nptl/bits/struct_mutex.h); the futex word is the first member. */
struct mutex {
    uint32_t lock, count;
    int32_t owner;
    uint32_t users;
    int32_t kind;
};

/* struct __pthread_rwlock_arch_t (sysdeps/x86/nptl/bits/struct_rwlock.h): threads wait on two of its words. */
struct rwlock {
    uint32_t readers, writers, phase_futex, writers_futex, pads[2];
    int32_t writer;
};

static bool read_mutex(const struct memory *memory, uint64_t word, bool is_certain, struct futex_lock *ret)
{
    struct mutex m;
    if (!memory_read(memory, word, &m, sizeof m))
        return false;
    if (m.kind < 0 || m.kind > KIND_MAX)
        return false;
    const bool has_waiters =
        m.kind & KIND_ROBUST_PI ? m.lock & FUTEX_WAITERS : m.lock == CONTENDED && m.owner;
    if (!is_certain && (!has_waiters || !m.users))
        return false;
    *ret = (struct futex_lock){WAIT_MUTEX, word,
                               m.kind & KIND_ROBUST_PI ? (int64_t)(m.lock & FUTEX_TID_MASK) : m.owner};
    return true;
}

static bool read_rwlock(const struct memory *memory, uint64_t word, struct futex_lock *ret)
{
    const uint64_t at =
        word - (word % 8 ? offsetof(struct rwlock, writers_futex) : offsetof(struct rwlock, phase_futex));
    struct rwlock l;
    if (!memory_read(memory, at, &l, sizeof l))
        return false;
    *ret = (struct futex_lock){WAIT_RWLOCK, at, l.writer > 0 ? l.writer : 0};
    return true;
}

bool futex_lock_read(const struct memory *memory, uint64_t word, enum wait_kind kind, struct futex_lock *ret)
{
    if (memory->modules->has_musl)
        return musl_lock_read(memory, word, kind, ret);
    if (kind == WAIT_RWLOCK)
        return read_rwlock(memory, word, ret);
    return (kind == WAIT_MUTEX || kind == WAIT_FUTEX) && read_mutex(memory, word, kind == WAIT_MUTEX, ret);
}

/* pthread_join waits until the kernel has cleared the number of the thread in its descriptor. */
static size_t joined_thread(const struct crash *crash, const struct tid_index *tids,
                            const struct syscall_now *now, enum wait_kind kind)
{
    if (crash->modules.has_musl)
        return kind == WAIT_THREAD_END ? musl_joined_thread(crash, now->arguments[0]) : SIZE_MAX;
    const size_t found = tid_index_find(tids, (int64_t)(uint32_t)now->arguments[2]);
    if (found == SIZE_MAX || (kind != WAIT_THREAD_END && kind != WAIT_FUTEX))
        return SIZE_MAX;
    const uint64_t base = crash->notes.threads[found].registers.fs_base;
    /* Of a thread that was not captured, the base is not known. */
    const bool is_its_word = base && now->arguments[0] - base < DESCRIPTOR_BYTES;
    return is_its_word || (kind == WAIT_THREAD_END && !base) ? found : SIZE_MAX;
}

static void add_thread(const struct notes_thread *thread, struct thread_wait *ret)
{
    wait_text_add(ret, "%d%s%s%s", thread->tid, thread->name[0] ? " \"" : "", thread->name,
                  thread->name[0] ? "\"" : "");
}

static void add_owner(const struct crash *crash, const struct tid_index *tids, size_t thread, int64_t owner,
                      struct thread_wait *ret)
{
    const size_t found = tid_index_find(tids, owner);
    if (!owner)
        return;
    ret->owner_tid = found == SIZE_MAX ? 0 : (int32_t)owner;
    if (found == thread) {
        wait_text_add(ret, ", held by this thread itself");
        return;
    }
    wait_text_add(ret, " held by ");
    if (found == SIZE_MAX)
        wait_text_add(ret, "%" PRId64 ", which is no thread of this process", owner);
    else
        add_thread(&crash->notes.threads[found], ret);
}

/* "world_lock 0x5581...", or the address alone. */
static void add_place(const struct crash *crash, uint64_t address, struct thread_wait *ret)
{
    char place[LOCK_PLACE_BYTES];
    locks_place_text(crash, ret->futex, address, place);
    if (place[0])
        snprintf(ret->lock, sizeof ret->lock, "%s", place);
    else
        snprintf(ret->lock, sizeof ret->lock, "0x%" PRIx64, address);
    wait_text_add(ret, "%s%s0x%" PRIx64, place, place[0] ? " " : "", address);
}

static const char *words_of(enum wait_kind kind)
{
    switch (kind) {
    case WAIT_CONDITION:
        return "condition variable";
    case WAIT_SEMAPHORE:
        return "semaphore";
    case WAIT_BARRIER:
        return "barrier";
    case WAIT_ONCE:
        return "another thread's initialisation";
    case WAIT_LIBC:
        return "a lock of libc";
    case WAIT_THREAD_END:
        return "the end of a thread";
    default:
        return "";
    }
}

/*
 * struct new_sem of 64 bits (sysdeps/nptl/internaltypes.h): value, number of waiters, private. The functions that wait for one
 * have no exported name, and are called by a jump: without debug files none is on the stack.
 */
static bool is_semaphore(const struct crash *crash, size_t thread, uint64_t word)
{
    const struct stack *stack = &crash->stacks[thread];
    const struct module *module =
        stack->count ? crash_place(crash, crash_frame(crash, stack, 0))->module : NULL;
    uint32_t semaphore[3];
    return module && !crash->modules.has_musl && strncmp(module_basename(module), "lib", 3) == 0 &&
           (strncmp(module_basename(module) + 3, "c.so", 4) == 0 ||
            strncmp(module_basename(module) + 3, "pthread", 7) == 0) &&
           memory_read(&crash->memory, word, semaphore, sizeof semaphore) && semaphore[0] == 0 &&
           semaphore[1] > 0 && semaphore[1] <= CRUMPLE_MAX_THREADS &&
           (semaphore[2] == 0 || semaphore[2] == FUTEX_PRIVATE_FLAG);
}

static void add_lock(const struct crash *crash, const struct tid_index *tids, size_t thread,
                     enum wait_kind kind, struct thread_wait *ret)
{
    struct futex_lock lock;
    const bool is_read = futex_lock_read(&crash->memory, ret->futex, kind, &lock) &&
                         (kind != WAIT_FUTEX || tid_index_find(tids, lock.owner) != SIZE_MAX);
    if (!is_read && kind == WAIT_FUTEX) {
        ret->kind = is_semaphore(crash, thread, ret->futex) ? WAIT_SEMAPHORE : WAIT_FUTEX;
        wait_text_add(ret, "%s%s", words_of(ret->kind), ret->kind == WAIT_SEMAPHORE ? " " : "");
        add_place(crash, ret->futex, ret);
        return;
    }
    const uint64_t address = is_read ? lock.address : ret->futex;
    ret->kind = is_read ? lock.kind : kind;
    wait_text_add(ret, "%s ", ret->kind == WAIT_MUTEX ? "mutex" : "rwlock");
    add_place(crash, address, ret);
    if (is_read)
        add_owner(crash, tids, thread, lock.owner, ret);
}

static bool waits(uint64_t operation)
{
    switch (operation & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
    case FUTEX_WAIT_REQUEUE_PI:
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
        return true;
    default:
        return false;
    }
}

void futex_words(const struct crash *crash, const struct tid_index *tids, size_t thread,
                 const struct syscall_now *now, struct thread_wait *ret)
{
    const enum wait_kind kind = lock_names_of_stack(crash, thread);
    const size_t joined = joined_thread(crash, tids, now, kind);
    ret->futex = now->arguments[0];
    ret->is_timed = now->arguments[3] != 0;
    if (!waits(now->arguments[1])) {
        ret->kind = WAIT_CALL;
        wait_text_add(ret, "futex(0x%" PRIx64 ")", ret->futex);
        return;
    }
    ret->kind = kind;
    wait_text_add(ret, "futex(");
    if (joined != SIZE_MAX) {
        ret->kind = WAIT_THREAD_END;
        ret->owner_tid = crash->notes.threads[joined].tid;
        wait_text_add(ret, "end of thread ");
        add_thread(&crash->notes.threads[joined], ret);
    } else if (kind == WAIT_FUTEX || kind == WAIT_MUTEX || kind == WAIT_RWLOCK) {
        add_lock(crash, tids, thread, kind, ret);
    } else if (kind == WAIT_CONDITION && crash->modules.has_musl) {
        wait_text_add(ret, "%s", words_of(kind)); /* musl's waiters wait on words of their own stacks */
    } else {
        wait_text_add(ret, "%s ", words_of(kind));
        add_place(crash, ret->futex, ret);
    }
    wait_text_add(ret, ")");
}
