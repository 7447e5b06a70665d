/* SPDX-License-Identifier: MIT */
#include "report/blocked_report.h"

#include <inttypes.h>

#include "base/json.h"
#include "context/locks.h"
#include "context/syscall_words.h"

static const struct thread_wait *wait_of(const struct crash *crash, size_t thread)
{
    return crash->waits.items ? &crash->waits.items[thread] : NULL;
}

void blocked_json(const struct crash *crash, size_t thread, struct buffer *out)
{
    const struct thread_wait *wait = wait_of(crash, thread);
    char name[48];
    if (!wait || !crash->notes.threads[thread].is_captured)
        return;
    if (wait->kind == WAIT_NONE) {
        json_null(out, "blocked");
        return;
    }
    json_open(out, "blocked", '{');
    json_string(out, "call", wait->call >= 0 ? syscall_words_name(wait->call, name, sizeof name) : NULL);
    json_string(out, "text", wait->text);
    if (wait->fd >= 0)
        json_number(out, "fd", wait->fd);
    if (wait->futex)
        json_hex(out, "futex", wait->futex);
    if (wait->owner_tid)
        json_number(out, "owner_tid", wait->owner_tid);
    json_close(out, '}');
}

/* The first of the thread; those of a thread stand together. */
static size_t first_lock(const struct waits *waits, size_t thread)
{
    size_t low = 0, high = waits->held_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (waits->held[middle].thread < thread)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A descriptor, or a count. */
static bool is_number(const struct held_lock *lock)
{
    return strcmp(lock->kind, "file") == 0 || strcmp(lock->kind, "more") == 0;
}

static void write_lock(const struct crash *crash, const struct held_lock *lock, struct buffer *out)
{
    char place[LOCK_PLACE_BYTES];
    json_open(out, NULL, '{');
    json_string(out, "kind", lock->kind);
    if (strcmp(lock->kind, "file") == 0) {
        json_number(out, "fd", (int64_t)(lock->address & INT32_MAX));
    } else if (strcmp(lock->kind, "more") == 0) {
        json_number(out, "count", (int64_t)(lock->address & INT32_MAX));
    } else {
        json_hex(out, "address", lock->address);
        locks_place_text(crash, lock->address, lock->address, place);
        json_string(out, "place", place[0] ? place : NULL);
    }
    json_close(out, '}');
}

void blocked_json_locks(const struct crash *crash, size_t thread, struct buffer *out)
{
    const struct waits *waits = &crash->waits;
    size_t i = first_lock(waits, thread);
    if (i == waits->held_count || waits->held[i].thread != thread)
        return;
    json_open(out, "locks", '[');
    for (; i < waits->held_count && waits->held[i].thread == thread; i++)
        write_lock(crash, &waits->held[i], out);
    json_close(out, ']');
}

void blocked_text_locks(const struct crash *crash, size_t thread, struct buffer *out)
{
    const struct waits *waits = &crash->waits;
    const size_t first = first_lock(waits, thread);
    char place[LOCK_PLACE_BYTES];
    for (size_t i = first; i < waits->held_count && waits->held[i].thread == thread; i++) {
        const struct held_lock *lock = &waits->held[i];
        locks_place_text(crash, lock->address, lock->address, place);
        buffer_format(out, "%s%s ", i == first ? "  holds " : ", ", lock->kind);
        if (place[0])
            buffer_add_clean(out, place, strlen(place));
        else if (is_number(lock))
            buffer_format(out, "%" PRIu64, lock->address);
        else
            buffer_add_hex(out, lock->address);
    }
    if (first < waits->held_count && waits->held[first].thread == thread)
        buffer_add_char(out, '\n');
}

void blocked_json_deadlocks(const struct crash *crash, struct buffer *out)
{
    const struct waits *waits = &crash->waits;
    if (!waits->deadlock_count)
        return;
    json_open(out, "deadlocks", '[');
    for (size_t i = 0; i < waits->deadlock_count; i++) {
        const struct deadlock *deadlock = &waits->deadlocks[i];
        json_open(out, NULL, '{');
        json_number(out, "count", (int64_t)deadlock->count);
        json_open(out, "tids", '[');
        for (size_t k = 0; k < deadlock->count && k < DEADLOCK_TIDS; k++)
            json_number(out, NULL, deadlock->tids[k]);
        json_close(out, ']');
        json_string(out, "text", deadlock->text);
        json_close(out, '}');
    }
    json_close(out, ']');
}

void blocked_text_deadlocks(const struct crash *crash, struct buffer *out)
{
    for (size_t i = 0; i < crash->waits.deadlock_count; i++) {
        const char *text = crash->waits.deadlocks[i].text;
        buffer_format(out, "%-10s ", "deadlock");
        buffer_add_clean(out, text, strlen(text));
        buffer_add_char(out, '\n');
    }
}

static void add_line(const char *text, struct buffer *out)
{
    buffer_add_text(out, "  in ");
    buffer_add_clean(out, text, strlen(text));
}

void blocked_text(const struct crash *crash, size_t thread, struct buffer *out)
{
    const struct thread_wait *wait = wait_of(crash, thread);
    if (!wait || wait->kind == WAIT_NONE)
        return;
    add_line(wait->text, out);
    buffer_add_char(out, '\n');
}

static void add_fd(struct blocked_group *group, int32_t fd)
{
    for (size_t i = 0; i < group->fd_count; i++)
        if (group->fds[i] == fd)
            return;
    if (group->fd_count == BLOCKED_FDS)
        group->has_more_fds = true;
    else
        group->fds[group->fd_count++] = fd;
}

void blocked_group_add(const struct crash *crash, size_t thread, struct blocked_group *group)
{
    const struct thread_wait *wait = wait_of(crash, thread);
    if (!wait)
        return;
    group->first = group->count++ ? group->first : wait;
    group->is_mixed |= strcmp(group->first->text, wait->text) != 0;
    group->is_mixed_call |= group->first->kind != wait->kind || group->first->call != wait->call;
    if (wait->fd >= 0)
        add_fd(group, wait->fd);
}

void blocked_group_text(const struct blocked_group *group, struct buffer *out)
{
    char name[48];
    if (!group->count || group->first->kind == WAIT_NONE || group->is_mixed_call)
        return;
    if (!group->is_mixed) {
        add_line(group->first->text, out);
        buffer_add_char(out, '\n');
        return;
    }
    add_line(syscall_words_name(group->first->call, name, sizeof name), out);
    for (size_t i = 0; i < group->fd_count; i++)
        buffer_format(out, "%s%d", i ? ", " : group->fd_count > 1 ? ", fds " : ", fd ", group->fds[i]);
    if (group->has_more_fds)
        buffer_add_text(out, ", ...");
    if (!group->fd_count) {
        buffer_add_text(out, ", the first: ");
        buffer_add_clean(out, group->first->text, strlen(group->first->text));
    }
    buffer_add_char(out, '\n');
}
