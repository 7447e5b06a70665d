/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. See capture/held_locks_note.h. */
#include "capture/held_locks_note.h"

#include "base/io.h"
#include "base/text.h"
#include "crumple_format.h"
#include "state/config.h"
#include "track/held_locks.h"

#define NOTE_BYTES 32768
#define LINE_BYTES 64
#define MUTEX_TYPE 3 /* normal, recursive, errorcheck, adaptive */
#define ADDRESS    UINT64_C(0x0000ffffffffffff)

static void add_line(struct safe_text *t, int tid, const char *kind, uint64_t value)
{
    safe_text_add_i64(t, tid);
    safe_text_add(t, " ");
    safe_text_add(t, kind);
    safe_text_add(t, " ");
    safe_text_add_hex(t, value);
    safe_text_add(t, "\n");
}

/*
 * The hooks note a mutex before the thread has it, and do not take it off while the thread waits on a condition variable:
 * the lock itself says who has it. struct __pthread_mutex_s (sysdeps/x86/nptl/bits/struct_mutex.h): word, count, owner, users,
 * kind. What has another kind (robust, of priorities, elided) has its owner elsewhere, and is believed to be held.
 */
static bool is_taken(uint64_t mutex, int tid)
{
    int32_t word[5];
    return safe_read_memory(mutex, word, sizeof word) < 0 || word[4] & ~MUTEX_TYPE || word[2] == tid;
}

static void add_lock(struct safe_text *t, int tid, uint64_t entry)
{
    static const char *const kinds[] = {"mutex", "write", "read", "spin", "file", "semaphore", "guard"};
    const uint64_t kind = entry >> 56;
    if (entry && kind == SAFE_HELD_MUTEX && !is_taken(entry & ADDRESS, tid))
        return;
    if (entry && kind < sizeof kinds / sizeof *kinds && t->size - t->used > LINE_BYTES)
        add_line(t, tid, kinds[kind], kind == SAFE_HELD_FILE ? entry & UINT32_MAX : entry & ADDRESS);
}

/*
 * Of safe_held from a thread pointer: the same in all threads (initial-exec TLS), and in this object's offset table. Not by the
 * address in this thread: the keeper's thread pointer is that of a thread which may be gone, its memory, too.
 */
static uint64_t distance_of_table(void)
{
    uint64_t distance;
    __asm__("movq safe_held@gottpoff(%%rip), %0" : "=r"(distance));
    return distance;
}

/* The table of a thread that glibc has made: its descriptor begins with its own address, and has it once more (tcbhead_t in
 * sysdeps/x86_64/nptl/tls.h). */
static bool read_table(uint64_t fs_base, uint64_t distance, struct safe_held *ret)
{
    uint64_t head[3];
    return fs_base && safe_read_memory(fs_base, head, sizeof head) == 0 && head[0] == fs_base &&
           head[2] == fs_base && safe_read_memory(fs_base + distance, ret, sizeof *ret) == 0;
}

static void add_thread(struct safe_text *t, const struct safe_slot *slot, uint64_t distance)
{
    struct safe_held held;
    if (!read_table(slot->fs_base, distance, &held))
        return;
    add_lock(t, slot->tid, held.one & ADDRESS);
    for (uint32_t i = 0; i < SAFE_HELD_MAX && (i < held.count || held.lost); i++)
        add_lock(t, slot->tid, held.entry[i]);
    if (held.lost && t->size - t->used > LINE_BYTES)
        add_line(t, slot->tid, "more", held.lost);
}

void safe_held_locks_add(struct safe_notes *notes, const struct safe_stop *stop)
{
    static char buffer[NOTE_BYTES];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    const uint64_t distance = distance_of_table();
    if (!crumple_config->recover)
        return;
    for (uint32_t i = 0; i < stop->count; i++) {
        const int state = __atomic_load_n(&stop->slot[i].state, __ATOMIC_ACQUIRE);
        if (state == SAFE_SLOT_PARKED || state == SAFE_SLOT_FAULTED)
            add_thread(&t, &stop->slot[i], distance);
    }
    if (t.used)
        safe_note_add(notes, CRUMPLE_NOTE_OWNER, CRUMPLE_NOTE_HELD_LOCKS, t.data, t.used);
}
