/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the hooks of crumple.h; reading also in the helper. See tell/words.h. */
#include "tell/words.h"

#include <errno.h>

#include "base/sys.h"
#include "lock.h"
#include "state/fault.h"
#include "tell/memory.h"

#define LOCK_LOST 3 /* calls waited in vain: whoever holds the lock has left by a jump, or was ended */
#define LAPS_LOST 2 /* so many rounds behind: whoever was to end that event is gone */

_Static_assert(SAFE_EVENTS_MAX * sizeof(struct safe_told_event) <= SAFE_TELL_RING_BYTES,
               "the ring has no room");

static _Atomic uint32_t refused; /* calls since one got the lock of the process's tags */
static _Atomic uint64_t last;    /* number of the latest event that was begun */

int safe_thread_tag(const char *name, const char *value, bool push)
{
    struct safe_tags *tags = safe_tags_own ? safe_tags_own : safe_tags_take();
    return tags ? safe_tags_set(tags, name, value, push) : -ENOMEM;
}

static bool take_lock(void)
{
    bool is_taken = safe_lock_take(&safe_state->tag_lock);
    if (!is_taken && __atomic_add_fetch(&refused, 1, __ATOMIC_RELAXED) >= LOCK_LOST) {
        safe_lock_give(&safe_state->tag_lock);
        is_taken = safe_lock_take(&safe_state->tag_lock);
    }
    if (is_taken)
        __atomic_store_n(&refused, 0, __ATOMIC_RELAXED);
    return is_taken;
}

int safe_process_tag(const char *name, const char *value)
{
    struct safe_tags *tags = safe_tell_map(SAFE_TELL_PROCESS);
    if (!tags)
        return -ENOMEM;
    if (!take_lock())
        return -EAGAIN;
    safe_tags_settle(tags);
    int error = value ? safe_tags_set(tags, name, value, false) : safe_tags_remove(tags, name);
    safe_lock_give(&safe_state->tag_lock);
    return error;
}

const struct safe_tags *safe_process_tags(void)
{
    return safe_tell_made(SAFE_TELL_PROCESS);
}

int safe_told_event_add(const char *text, uint64_t time_ns)
{
    struct safe_told_event *events = safe_tell_map(SAFE_TELL_RING);
    const struct safe_tags *own = safe_tags_own ? safe_tags_own : safe_tags_take(); /* it knows the tid */
    if (!events)
        return -ENOMEM;
    const uint64_t number = __atomic_add_fetch(&last, 1, __ATOMIC_ACQ_REL);
    struct safe_told_event *e = &events[number % SAFE_EVENTS_MAX];
    uint64_t before = __atomic_load_n(&e->ticket, __ATOMIC_ACQUIRE), mine = 2 * number - 1;
    const bool is_in_use = before % 2 && number - (before + 1) / 2 < LAPS_LOST * SAFE_EVENTS_MAX;
    if (is_in_use || before > mine ||
        !__atomic_compare_exchange_n(&e->ticket, &before, mine, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return -EAGAIN;
    e->time_ns = time_ns;
    e->tid = own ? own->owner : -safe_gettid();
    __builtin_memcpy(e->text, text, sizeof e->text);
    __atomic_compare_exchange_n(&e->ticket, &mine, mine + 1, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
    return 0;
}

bool safe_told_event_next(uint64_t *number, struct safe_told_event *ret)
{
    const struct safe_told_event *events = safe_tell_made(SAFE_TELL_RING);
    const uint64_t end = __atomic_load_n(&last, __ATOMIC_ACQUIRE);
    const uint64_t oldest = end >= SAFE_EVENTS_MAX ? end - SAFE_EVENTS_MAX + 1 : 1;
    for (uint64_t at = *number > oldest ? *number : oldest; events && at <= end; at++) {
        const struct safe_told_event *e = &events[at % SAFE_EVENTS_MAX];
        const uint64_t ticket = __atomic_load_n(&e->ticket, __ATOMIC_ACQUIRE);
        if (ticket != 2 * at)
            continue;
        __builtin_memcpy(ret, e, sizeof *ret);
        ret->text[sizeof ret->text - 1] = '\0';
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (__atomic_load_n(&e->ticket, __ATOMIC_RELAXED) != ticket)
            continue;
        *number = at + 1;
        return true;
    }
    return false;
}
