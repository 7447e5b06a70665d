/* SPDX-License-Identifier: MIT */
/* Safe file: hooks of the host's threads write, the handler reads. */
#include "track/wakeups.h"

#include <stddef.h>

#include "base/sys.h"
#include "track/routine_runs.h"

#define OBJECTS_MAX 1024 /* a power of two */
#define PROBES_MAX  8    /* of one look-up; where they do not suffice, all objects count as waited for */

/* What threads have waited for, by address, open-addressed. Entries stay: an address that is used again for another
 * object counts as waited for, too. */
static _Atomic uint64_t objects[OBJECTS_MAX];
static _Atomic bool is_full;

_Atomic int safe_wakeups_others;

/* The entry of the object, or the free one where it is to be; NULL: no room. */
static _Atomic uint64_t *find(uint64_t object)
{
    uint32_t at = (uint32_t)((object >> 3) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
    for (uint32_t i = 0; i < PROBES_MAX; i++) {
        _Atomic uint64_t *entry = &objects[(at + i) % OBJECTS_MAX];
        uint64_t now = __atomic_load_n(entry, __ATOMIC_RELAXED);
        if (!now || now == object)
            return entry;
    }
    return NULL;
}

void safe_wakeups_note(struct safe_thread *self, const void *waited_for)
{
    uint64_t object = (uint64_t)waited_for;
    _Atomic uint64_t *entry = find(object);
    uint64_t now = entry ? __atomic_load_n(entry, __ATOMIC_RELAXED) : 0;
    if (self)
        self->waited_for = waited_for;
    if (now == object)
        return;
    /* Of two threads that came to one entry at once the later one finds no room: the safe side. */
    if (!entry ||
        !__atomic_compare_exchange_n(entry, &now, object, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        __atomic_store_n(&is_full, true, __ATOMIC_RELAXED);
}

static bool has_waiters(uint64_t object)
{
    _Atomic uint64_t *entry = find(object);
    return __atomic_load_n(&is_full, __ATOMIC_RELAXED) ||
           (entry && __atomic_load_n(entry, __ATOMIC_RELAXED) == object);
}

static void note_waker(struct safe_thread *self)
{
    self->role |= SAFE_ROLE_WAKES;
    if (self->routine && safe_routines)
        __atomic_store_n(&safe_routines[self->routine - 1].wakes, true, __ATOMIC_RELAXED);
}

void safe_wakeups_signal(const void *object)
{
    struct safe_thread *self = safe_self;
    if (self && !(self->role & SAFE_ROLE_WAKES) && (self->inbound || has_waiters((uint64_t)object)))
        note_waker(self);
}

void safe_wakeups_unlock_foreign(void)
{
    struct safe_thread *self = safe_self;
    if (!self || (self->role & SAFE_ROLE_UNLOCKED))
        return;
    self->role |= SAFE_ROLE_UNLOCKED;
    if (self->routine && safe_routines)
        __atomic_store_n(&safe_routines[self->routine - 1].unlocks, true, __ATOMIC_RELAXED);
}

void safe_wakeups_hand_over(struct safe_thread *made)
{
    made->creator = safe_self;
    made->creator_serial = safe_self ? safe_self->serial : 0;
    made->creator_tid = safe_gettid();
}

/* The record of a creator that has ended may be another thread's by now: serials tell. */
static bool is_creator_waiting(const struct safe_thread *thread)
{
    const struct safe_thread *creator = thread->creator;
    if (!creator)
        return __atomic_load_n(&safe_wakeups_others, __ATOMIC_RELAXED) > 0;
    return creator->serial == thread->creator_serial &&
           __atomic_load_n(&creator->is_waiting, __ATOMIC_RELAXED);
}

bool safe_wakeups_owes(const struct safe_thread *thread)
{
    const struct safe_routine *routine =
        thread->routine && safe_routines ? &safe_routines[thread->routine - 1] : NULL;
    const bool wakes = routine && __atomic_load_n(&routine->wakes, __ATOMIC_RELAXED);
    /* Once is all that is owed of a lock that was handed over. */
    const bool unlocks = routine && __atomic_load_n(&routine->unlocks, __ATOMIC_RELAXED) &&
                         !(thread->role & SAFE_ROLE_UNLOCKED);
    return wakes || unlocks || (thread->role & SAFE_ROLE_WAKES) || is_creator_waiting(thread);
}
