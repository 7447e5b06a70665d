/* SPDX-License-Identifier: MIT */
#include "context/vitals.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context/cgroup.h"

#define TICK_MS     10 /* of /proc/PID/stat: USER_HZ is 100 on x86-64 */
#define PEER_FIELDS 11
#define STAT_UTIME  14 /* proc(5) */
#define STAT_STIME  15
#define STAT_START  22

/* Decimal digits and nothing else, below 2^62; otherwise VITALS_UNKNOWN. */
static int64_t number(const char *text)
{
    char *end;
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    return errno || end == text || *end || value < 0 || value >> 62 ? VITALS_UNKNOWN : value;
}

/* The line that begins with the words; NULL: there is none. */
static const char *find_line(struct core_span text, const char *words, size_t *ret_size)
{
    const char *at = (const char *)text.bytes, *end = at + text.size;
    const size_t n = strlen(words);
    for (const char *next; at < end; at = next + 1) {
        next = memchr(at, '\n', (size_t)(end - at));
        next = next ? next : end;
        if ((size_t)(next - at) > n && memcmp(at, words, n) == 0) {
            *ret_size = (size_t)(next - at) - n;
            return at + n;
        }
    }
    return NULL;
}

/* The first word behind the words of such a line. */
static int64_t find_number(struct core_span text, const char *words)
{
    char word[32];
    size_t size, n = 0;
    const char *at = find_line(text, words, &size);
    if (!at)
        return VITALS_UNKNOWN;
    for (; size && (*at == ' ' || *at == '\t'); at++)
        size--;
    for (; n < size && n < sizeof word - 1 && at[n] > ' '; n++)
        word[n] = at[n];
    word[n] = '\0';
    return number(word);
}

int64_t vitals_status(struct core_span text, const char *key)
{
    char words[40];
    snprintf(words, sizeof words, "%s:", key);
    return find_number(text, words);
}

int64_t vitals_open_limit(struct core_span text)
{
    return find_number(text, "Max open files");
}

static int64_t bytes_of(struct core_span status, const char *key)
{
    const int64_t kib = vitals_status(status, key);
    return kib < 0 || kib >> 50 ? VITALS_UNKNOWN : kib * 1024;
}

/* --- the note -------------------------------------------------------------------------------------------- */

/* Field n of /proc/PID/stat, counted from 1; the second, a name in parentheses, may hold blanks. */
static int64_t stat_field(const char *stat, int n)
{
    char word[32];
    const char *at = strrchr(stat, ')');
    for (int field = 2; at && field < n; field++) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    if (!at)
        return VITALS_UNKNOWN;
    snprintf(word, sizeof word, "%.*s", (int)strcspn(at, " "), at);
    return number(word);
}

/* CPU time, and how long the process had run at the fault. */
static void take_stat(struct crash *crash, const char *stat, int64_t boot_ns)
{
    const int64_t user = stat_field(stat, STAT_UTIME), system = stat_field(stat, STAT_STIME);
    const int64_t start = stat_field(stat, STAT_START);
    if (user >= 0 && system >= 0 && user < INT64_MAX / 100 && system < INT64_MAX / 100)
        crash->vitals.cpu_ms = (user + system) * TICK_MS;
    if (start >= 0 && boot_ns >= 0 && boot_ns / 1000000 / TICK_MS >= start)
        crash->host.uptime_ms = boot_ns / 1000000 - start * TICK_MS;
}

/* The first three words of /proc/loadavg. */
static void take_load(struct vitals_words *vitals, char *text)
{
    char *at = text;
    for (int i = 0; at && i < 3; i++)
        at = strchr(at + (i > 0), ' ');
    if (at)
        *at = '\0';
    vitals->load = text;
}

static void take_count(struct vitals_count *list, const char *name, int64_t count)
{
    for (size_t i = 0; i + 1 < VITALS_KINDS; i++)
        if (!list[i].name) {
            if (count >= 0)
                list[i] = (struct vitals_count){name, count};
            return;
        }
}

/* "WHOSE FD LOCAL PEER STATE RECEIVED_MS RTT_US RETRANSMITS UNACKED IN OUT" */
static void take_peer(struct vitals_words *vitals, char *text)
{
    char *word[PEER_FIELDS];
    size_t count = 0;
    for (char *at; count < PEER_FIELDS && (at = strsep(&text, " "));)
        word[count++] = at;
    if (count < PEER_FIELDS || vitals->peer_count == VITALS_PEERS)
        return;
    vitals->peers[vitals->peer_count++] = (struct vitals_peer){
        .is_of_thread = strcmp(word[0], "thread") == 0,
        .fd = number(word[1]),
        .own = word[2],
        .peer = word[3],
        .state = word[4],
        .received_ms = number(word[5]),
        .rtt_us = number(word[6]),
        .retransmits = number(word[7]),
        .unacked = number(word[8]),
        .in = number(word[9]),
        .out = number(word[10]),
    };
}

struct note {
    const char *stat;
    int64_t boot_ns;
};

static void copy(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from);
}

static void take_key(struct crash *crash, struct note *note, const char *key, char *value)
{
    struct vitals_words *vitals = &crash->vitals;
    struct host_words *host = &crash->host;
    if (strcmp(key, "stat") == 0)
        note->stat = value;
    else if (strcmp(key, "boot_ns") == 0)
        note->boot_ns = number(value);
    else if (strcmp(key, "loadavg") == 0)
        take_load(vitals, value);
    else if (strcmp(key, "boot_id") == 0)
        copy(host->boot_id, sizeof host->boot_id, value);
    else if (strcmp(key, "kernel") == 0)
        copy(host->kernel, sizeof host->kernel, value);
    else if (strcmp(key, "cwd") == 0)
        copy(host->cwd, sizeof host->cwd, value);
    else if (strcmp(key, "fd_count") == 0)
        vitals->open = number(value);
    else if (strcmp(key, "fd_whole") == 0)
        vitals->is_whole = number(value) == 1;
    else if (strcmp(key, "fd_timid") == 0)
        vitals->is_timid = number(value) == 1;
    else if (strcmp(key, "backlog_full") == 0)
        vitals->full_backlogs = number(value);
    else if (strncmp(key, "fd.", 3) == 0)
        take_count(vitals->kinds, key + 3, number(value));
    else if (strncmp(key, "tcp.", 4) == 0)
        take_count(vitals->states, key + 4, number(value));
    else if (strcmp(key, "peer") == 0)
        take_peer(vitals, value);
}

static void read_note(struct crash *crash)
{
    const struct core_span span = crash->notes.vitals;
    struct note note = {.boot_ns = VITALS_UNKNOWN};
    char *text = malloc(span.size + 1);
    if (!text) {
        crash_add_soft_error(crash, "vitals: out of memory");
        return;
    }
    memcpy(text, span.bytes, span.size);
    text[span.size] = '\0';
    crash->vitals.text = text;
    for (char *line; (line = strsep(&text, "\n"));) {
        char *equals = strchr(line, '=');
        if (!equals)
            continue;
        *equals = '\0';
        take_key(crash, &note, line, equals + 1);
    }
    if (note.stat)
        take_stat(crash, note.stat, note.boot_ns);
}

void vitals_gather(struct crash *crash)
{
    const struct notes *notes = &crash->notes;
    struct vitals_words *vitals = &crash->vitals;
    *vitals = (struct vitals_words){.cpu_ms = VITALS_UNKNOWN, .open = VITALS_UNKNOWN};
    crash->host.uptime_ms = VITALS_UNKNOWN;
    read_note(crash);
    vitals->rss = bytes_of(notes->status, "VmRSS");
    vitals->peak = bytes_of(notes->status, "VmHWM");
    vitals->swap = bytes_of(notes->status, "VmSwap");
    vitals->threads = vitals_status(notes->status, "Threads");
    vitals->open_limit = vitals_open_limit(notes->limits);
    vitals->cgroup = (struct vitals_cgroup){VITALS_UNKNOWN, VITALS_UNKNOWN, VITALS_UNKNOWN, VITALS_UNKNOWN,
                                            VITALS_UNKNOWN};
    if (crash->is_beside && !notes_is_died(notes))
        cgroup_read("/", notes->cgroup, &vitals->cgroup);
}
