/* SPDX-License-Identifier: MIT */
#include "context/musl_locks.h"

#define TYPE_MASK        15 /* PTHREAD_MUTEX_NORMAL is 0 */
#define TYPE_MAX         0xff
#define LOCK_WAITED      UINT32_C(0x80000000)
#define LOCK_OWNER       UINT32_C(0x3fffffff)
#define DESCRIPTOR_BYTES 512 /* more than struct pthread has */

/* Members of pthread_mutex_t; the futex word is the second. */
struct mutex {
    uint32_t type, lock;
};

bool musl_lock_read(const struct memory *memory, uint64_t word, enum wait_kind kind, struct futex_lock *ret)
{
    struct mutex m;
    if (kind == WAIT_RWLOCK) { /* the word says how many readers there are, or that there is a writer */
        *ret = (struct futex_lock){WAIT_RWLOCK, word, 0};
        return true;
    }
    const uint64_t address = word - offsetof(struct mutex, lock);
    if ((kind != WAIT_MUTEX && kind != WAIT_FUTEX) || !memory_read(memory, address, &m, sizeof m) ||
        m.type > TYPE_MAX)
        return false;
    const bool has_owner = m.type & TYPE_MASK;
    if (kind == WAIT_FUTEX && (!has_owner || !(m.lock & LOCK_WAITED)))
        return false;
    *ret = (struct futex_lock){WAIT_MUTEX, address, has_owner ? (int64_t)(m.lock & LOCK_OWNER) : 0};
    return true;
}

size_t musl_joined_thread(const struct crash *crash, uint64_t word)
{
    for (size_t i = 0; i < crash->notes.thread_count; i++) {
        const struct notes_thread *thread = &crash->notes.threads[i];
        if (thread->is_captured && thread->registers.fs_base &&
            word - thread->registers.fs_base < DESCRIPTOR_BYTES)
            return i;
    }
    return SIZE_MAX;
}
