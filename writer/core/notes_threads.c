/* SPDX-License-Identifier: MIT */
#include "core/notes_threads.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>

int notes_statuses_add(struct notes_statuses *statuses, struct core_span content)
{
    if (content.size < sizeof(struct elf_prstatus) || statuses->count >= CRUMPLE_MAX_THREADS)
        return 0;
    if (statuses->count == statuses->capacity) {
        size_t capacity = statuses->capacity ? statuses->capacity * 2 : 64;
        void *grown = realloc(statuses->items, capacity * sizeof *statuses->items);
        if (!grown)
            return -ENOMEM;
        statuses->items = grown;
        statuses->capacity = capacity;
    }
    statuses->items[statuses->count++] = (const void *)content.bytes;
    return 0;
}

void notes_statuses_release(struct notes_statuses *statuses)
{
    free(statuses->items);
    *statuses = (struct notes_statuses){0};
}

static int32_t notes_status_tid(const struct elf_prstatus *status)
{
    int32_t tid;
    memcpy(&tid, (const char *)status + offsetof(struct elf_prstatus, pr_pid), sizeof tid);
    return tid;
}

static void notes_set_registers(struct notes_thread *thread, const struct elf_prstatus *status)
{
    const char *registers = (const char *)status + offsetof(struct elf_prstatus, pr_reg);
    memcpy(&thread->registers, registers, sizeof thread->registers);
    thread->is_captured = true;
}

static int notes_compare_status(const void *left, const void *right)
{
    int32_t a = notes_status_tid(*(const struct elf_prstatus *const *)left);
    int32_t b = notes_status_tid(*(const struct elf_prstatus *const *)right);
    return (a > b) - (a < b);
}

static const struct elf_prstatus *notes_find_status(const struct notes_statuses *statuses, int32_t tid)
{
    size_t low = 0, high = statuses->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int32_t found = notes_status_tid(statuses->items[middle]);
        if (found == tid)
            return statuses->items[middle];
        if (found < tid)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void notes_fill_thread(struct notes_thread *thread, const struct crumple_note_thread *note)
{
    thread->tid = note->tid;
    thread->reason = note->reason;
    thread->is_crashed = note->flags & CRUMPLE_FLAG_CRASHED;
    thread->has_also_faulted = note->flags & CRUMPLE_FLAG_ALSO_FAULTED;
    thread->is_truncated = note->flags & CRUMPLE_FLAG_TRUNCATED;
    thread->also_signal = note->signo;
    thread->also_address = note->addr;
    thread->proc_state = note->proc_state;
    thread->routine = note->routine;
    memcpy(thread->name, note->name, sizeof note->name);
}

int notes_threads_read(struct core_span threads, struct notes_statuses *statuses, struct notes *notes)
{
    size_t count = threads.size / sizeof(struct crumple_note_thread);
    count = count < CRUMPLE_MAX_THREADS ? count : CRUMPLE_MAX_THREADS;
    notes->threads = calloc(count, sizeof *notes->threads);
    if (!notes->threads)
        return -ENOMEM;
    if (statuses->count)
        qsort(statuses->items, statuses->count, sizeof *statuses->items, notes_compare_status);
    for (size_t i = 0; i < count; i++) {
        struct crumple_note_thread note;
        memcpy(&note, threads.bytes + i * sizeof note, sizeof note);
        notes_fill_thread(&notes->threads[i], &note);
        const struct elf_prstatus *status =
            note.state == CRUMPLE_THREAD_CAPTURED ? notes_find_status(statuses, note.tid) : NULL;
        if (status)
            notes_set_registers(&notes->threads[i], status);
    }
    notes->threads[0].is_crashed = true; /* by its place: the faulting thread comes first */
    notes->thread_count = count;
    return 0;
}

int notes_threads_from_kernel(const struct notes_statuses *statuses, struct notes *notes)
{
    notes->threads = calloc(statuses->count, sizeof *notes->threads);
    if (!notes->threads)
        return -ENOMEM;
    for (size_t i = 0; i < statuses->count; i++) {
        notes->threads[i].tid = notes_status_tid(statuses->items[i]);
        notes_set_registers(&notes->threads[i], statuses->items[i]);
    }
    notes->threads[0].is_crashed = true;
    notes->thread_count = statuses->count;
    return 0;
}
