/* SPDX-License-Identifier: MIT */
/* What threads wait for and hold, and log lines: the note of held locks, circles of owners, names of functions, the end of a file, a
 * list of paths, and the report of all. */
#include <string.h>

#include "context/deadlock.h"
#include "context/lock_names.h"
#include "context/locks.h"
#include "context/log_file.h"
#include "context/logs.h"
#include "fuzz.h"
#include "report/blocked_report.h"
#include "report/logs_report.h"

#define THREADS 16

static void read_logs(struct crash *crash, const char *text, size_t size, uint64_t at)
{
    static struct log_file file;
    const char *list = text, *path;
    file.error[0] = '\0';
    size = size < sizeof file.bytes ? size : sizeof file.bytes;
    memcpy(file.bytes, text, size);
    log_file_lines(&file, size, at);
    if (file.start + file.size > size)
        abort();
    crash->logs = (struct log_tails){.count = 1};
    crash->logs.items[0] = (struct log_tail){.path = text,
                                             .path_size = logs_next_path(&list, &path),
                                             .text = file.bytes + file.start,
                                             .size = file.size,
                                             .skipped = file.skipped};
}

/* Owners by the bytes. */
static void make_waits(struct crash *crash, struct thread_wait *items, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < THREADS; i++) {
        const uint8_t byte = i < size ? bytes[i] : 0;
        items[i] = (struct thread_wait){
            .kind = byte % (WAIT_THREAD_END + 1), .call = byte, .fd = byte, .owner_tid = byte % 20};
        snprintf(items[i].text, sizeof items[i].text, "%.*s", (int)(size < 300 ? size : 300),
                 (const char *)bytes);
        snprintf(items[i].lock, sizeof items[i].lock, "%.*s", (int)(size < 300 ? size : 300),
                 (const char *)bytes);
    }
    crash->waits.items = items;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct crash crash;
    static struct notes_thread threads[THREADS];
    static struct thread_wait items[THREADS];
    char *text = malloc(size + 1), name[LOCK_NAME_BYTES];
    struct buffer out = {0};
    struct tid_index tids;
    memcpy(text, bytes, size);
    text[size] = '\0';
    for (int i = 0; i < THREADS; i++)
        threads[i] = (struct notes_thread){.tid = THREADS - i, .is_captured = true};
    crash = (struct crash){.notes = {.threads = threads, .thread_count = THREADS}};
    if (tid_index_make(&crash.notes, &tids) < 0)
        abort();
    make_waits(&crash, items, bytes, size);
    if (locks_read((struct core_span){bytes, size}, &tids, &crash.waits) < 0 ||
        deadlock_find(&tids, &crash.waits) < 0)
        abort();
    lock_names_plain(text, size, name);
    (void)lock_names_kind(name);
    read_logs(&crash, text, size, size ? bytes[0] : 0);
    for (size_t i = 0; i < THREADS; i++) {
        blocked_json(&crash, i, &out);
        blocked_json_locks(&crash, i, &out);
        blocked_text_locks(&crash, i, &out);
    }
    blocked_json_deadlocks(&crash, &out);
    blocked_text_deadlocks(&crash, &out);
    logs_json(&crash, &out);
    logs_text(&crash, &out);
    buffer_release(&out);
    free(crash.waits.held);
    tid_index_release(&tids);
    free(text);
    return 0;
}
