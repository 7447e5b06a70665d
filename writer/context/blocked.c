/* SPDX-License-Identifier: MIT */
#include "context/blocked.h"

#include <stdlib.h>
#include <sys/syscall.h>

#include "context/deadlock.h"
#include "context/futex.h"
#include "context/locks.h"
#include "context/syscall_words.h"

static void find_wait(const struct crash *crash, const struct tid_index *tids, size_t thread,
                      struct thread_wait *ret)
{
    struct syscall_now now;
    *ret = (struct thread_wait){.call = -1, .fd = -1};
    if (!syscall_now_find(crash, thread, &now))
        return;
    ret->call = now.number;
    ret->kind = WAIT_CALL;
    if (now.number == SYS_futex)
        futex_words(crash, tids, thread, &now, ret);
    else
        syscall_words(crash, &now, ret);
}

/* Names of variables are looked up all at once: symbol tables are long. */
static void find_places(struct crash *crash)
{
    uint64_t *futexes = malloc((crash->notes.thread_count + 1) * sizeof *futexes);
    size_t count = 0;
    struct syscall_now now;
    for (size_t i = 0; futexes && i < crash->notes.thread_count; i++)
        if (syscall_now_find(crash, i, &now) && now.number == SYS_futex)
            futexes[count++] = now.arguments[0];
    if (futexes)
        (void)locks_find_places(crash, futexes, count); /* without memory there are only addresses */
    free(futexes);
}

void blocked_gather(struct crash *crash)
{
    const size_t count = crash->notes.thread_count;
    struct waits *waits = &crash->waits;
    struct tid_index tids;
    if (!count || tid_index_make(&crash->notes, &tids) < 0)
        return;
    (void)locks_read(crash->notes.held_locks, &tids, waits);
    find_places(crash);
    waits->items = calloc(count, sizeof *waits->items);
    for (size_t i = 0; waits->items && i < count; i++)
        find_wait(crash, &tids, i, &waits->items[i]);
    if (waits->items)
        (void)deadlock_find(&tids, waits); /* without memory none is found */
    tid_index_release(&tids);
}
