/* SPDX-License-Identifier: MIT */
#include "explain/dump.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "crash/crash.h"
#include "crumple_format.h"

#define AWAIT_MS    2
#define AWAIT_TRIES 100
#define LATE_US     30000000 /* finished by 'crumple collect': nobody is there to write it any more */

bool dump_is_wanted(const struct crash *crash)
{
    return notes_is_dump(&crash->notes) && crash->notes.dump.pid != crash->notes.pid;
}

/* Returns its bytes; 0: it is not there, or is being written. */
static size_t read_file(int directory, const char *name, char *text, size_t size)
{
    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    const ssize_t bytes = fd < 0 ? 0 : read(fd, text, size);
    if (fd >= 0)
        close(fd);
    return bytes < 0 ? 0 : (size_t)bytes;
}

void dump_take_reason(struct crash *crash, int directory)
{
    char name[sizeof CRUMPLE_DUMP_PREFIX + 16], *reason = crash->dump.reason;
    const uint32_t token = (uint32_t)crash->notes.dump.token;
    const struct timespec pause = {0, AWAIT_MS * 1000000L};
    if (!notes_is_dump(&crash->notes) || !(token & CRUMPLE_DUMP_REASONED) ||
        crash_elapsed_us(crash) > LATE_US)
        return;
    snprintf(name, sizeof name, "%s%08" PRIx32, CRUMPLE_DUMP_PREFIX, token);
    size_t bytes = 0;
    for (int i = 0; !bytes && i < AWAIT_TRIES; i++) {
        if (i > 0)
            (void)nanosleep(&pause, NULL);
        bytes = read_file(directory, name, reason, sizeof crash->dump.reason - 1);
    }
    reason[bytes] = '\0';
    reason[strcspn(reason, "\n")] = '\0';
}

static void add_asker(const struct notes *notes, char *text, size_t size)
{
    if (notes->dump.pid == notes->pid)
        snprintf(text, size, "the program itself");
    else if (notes->dump.pid)
        snprintf(text, size, "pid %" PRId64 "%s%.20s%s of user %" PRId64, notes->dump.pid,
                 notes->sender_name ? " (" : "", notes->sender_name ? notes->sender_name : "",
                 notes->sender_name ? ")" : "", notes->dump.uid);
    else
        snprintf(text, size, "user %" PRId64 " from outside of this PID namespace", notes->dump.uid);
}

/* What a hung server was dumped for, more often than not. The signature stays: it groups the dumps of a program. */
static void add_deadlock(const struct waits *waits, char *title, size_t size)
{
    const size_t used = strlen(title), threads = waits->deadlocks[0].count;
    if (waits->deadlock_count)
        snprintf(title + used, size - used, "; deadlock of %zu thread%s", threads, threads == 1 ? "" : "s");
}

void dump_describe(struct crash *crash)
{
    const struct notes *notes = &crash->notes;
    struct dump_words *words = &crash->dump;
    const char *slash = strrchr(notes->exe, '/'), *program = slash ? slash + 1 : notes->exe;
    char asker[120];
    if (!words->reason[0] && notes->dump.reason)
        snprintf(words->reason, sizeof words->reason, "%s", notes->dump.reason);
    crash->kind = "dump";
    crash->reason = words->reason[0] ? words->reason : NULL;
    add_asker(notes, asker, sizeof asker);
    snprintf(words->description, sizeof words->description,
             "%s asked for a dump; the threads were stopped for %" PRIu64 ".%" PRIu64
             " ms, then the process went on",
             asker, notes->dump.ns / 1000000, notes->dump.ns / 100000 % 10);
    snprintf(crash->signature, sizeof crash->signature, "dump | %.120s", program);
    if (notes->dump.pid == notes->pid)
        snprintf(crash->title, sizeof crash->title, "%.120s dumped itself%s%s", program,
                 words->reason[0] ? ": " : "", words->reason);
    else
        snprintf(crash->title, sizeof crash->title, "%.100s was dumped by user %" PRId64 "%s%s", program,
                 notes->dump.uid, words->reason[0] ? ": " : "", words->reason);
    add_deadlock(&crash->waits, crash->title, sizeof crash->title);
}

void dump_json(const struct crash *crash, struct buffer *out)
{
    const struct notes *notes = &crash->notes;
    if (!notes_is_dump(&crash->notes))
        return;
    json_open(out, "dump", '{');
    json_number(out, "pid", notes->dump.pid);
    json_number(out, "uid", notes->dump.uid);
    json_string(out, "name", notes->sender_name);
    json_number(out, "stopped_us", (int64_t)(notes->dump.ns / 1000));
    json_string(out, "description", crash->dump.description);
    json_close(out, '}');
}
