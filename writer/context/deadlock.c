/* SPDX-License-Identifier: MIT */
#include "context/deadlock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The thread that this one waits for; SIZE_MAX: none that is known. */
static size_t next_of(const struct tid_index *tids, const struct waits *waits, size_t thread)
{
    const struct thread_wait *wait = &waits->items[thread];
    return wait->owner_tid && !wait->is_timed ? tid_index_find(tids, wait->owner_tid) : SIZE_MAX;
}

static void add(struct deadlock *deadlock, const char *text)
{
    const size_t used = strlen(deadlock->text);
    snprintf(deadlock->text + used, sizeof deadlock->text - used, "%s", text);
}

static void add_thread(struct deadlock *deadlock, const struct notes_thread *thread, bool is_named)
{
    char text[64];
    const bool has_name = is_named && thread->name[0];
    snprintf(text, sizeof text, "thread %d%s%s%s", thread->tid, has_name ? " \"" : "",
             has_name ? thread->name : "", has_name ? "\"" : "");
    add(deadlock, text);
}

static void add_wait(struct deadlock *deadlock, const struct thread_wait *wait)
{
    char text[100];
    if (wait->kind == WAIT_THREAD_END)
        snprintf(text, sizeof text, " waits for the end of ");
    else
        snprintf(text, sizeof text, " waits for %s %s of ", wait->kind == WAIT_RWLOCK ? "rwlock" : "mutex",
                 wait->lock);
    add(deadlock, text);
}

/* The circle that begins at a thread of it. */
static void take_circle(const struct tid_index *tids, struct waits *waits, size_t first)
{
    struct deadlock *deadlock = &waits->deadlocks[waits->deadlock_count++];
    const struct notes_thread *threads = tids->notes->threads;
    size_t at = first;
    do {
        const size_t next = next_of(tids, waits, at);
        if (deadlock->count < DEADLOCK_TIDS) {
            deadlock->tids[deadlock->count] = threads[at].tid;
            if (at == first)
                add_thread(deadlock, &threads[at], true);
            else
                add(deadlock, ", which");
            add_wait(deadlock, &waits->items[at]);
            if (next == at)
                add(deadlock, "its own");
            else
                add_thread(deadlock, &threads[next], next != first);
        } else if (deadlock->count == DEADLOCK_TIDS) {
            add(deadlock, ", ...");
        }
        deadlock->count++;
        at = next;
    } while (at != first);
}

int deadlock_find(const struct tid_index *tids, struct waits *waits)
{
    const size_t count = tids->notes->thread_count;
    uint32_t *seen = calloc(count + 1, sizeof *seen); /* number + 1 of the walk that came by */
    if (!seen)
        return -ENOMEM;
    waits->deadlock_count = 0;
    for (size_t i = 0; i < count && waits->deadlock_count < DEADLOCKS_MAX; i++) {
        size_t at = i;
        while (at != SIZE_MAX && !seen[at]) {
            seen[at] = (uint32_t)i + 1;
            at = next_of(tids, waits, at);
        }
        if (at != SIZE_MAX && seen[at] == (uint32_t)i + 1)
            take_circle(tids, waits, at);
    }
    free(seen);
    return 0;
}
