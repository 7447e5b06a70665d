/* SPDX-License-Identifier: MIT */
#include "ledger/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crumple_format.h"
#include "ledger/log.h"
#include "ledger/samples.h"

#define BREAKERS_MAX 100 /* samples of crumple_breaker_state; what is beyond goes by the name 'other' */

/* Which number of an entry a family sums up; LAST and LAST_EVENT: takes the greatest of. */
enum value { COUNT, SUPPRESSED, BUNDLES, SOCKETS, BACKLOG_FULL, LAST, LAST_EVENT };

struct family {
    const char *name, *type, *help;
    const char *of;     /* kind of event; NULL: those that leave a report; of LAST: crash and contained;
                           of LAST_EVENT: every kind */
    const char *action; /* NULL: any */
    enum value value;
    unsigned labels; /* bits of enum tally_label */
};

#define LABEL(label) (1u << TALLY_##label)

static const struct family families[] = {
    {"crumple_crashes_total", "counter", "Fatal signals that killed the process.", "crash", NULL, COUNT,
     LABEL(EXE) | LABEL(SIGNAL)},
    {"crumple_contained_total", "counter", "Faults that ended only their thread.", "contained", NULL, COUNT,
     LABEL(EXE) | LABEL(ROUTINE) | LABEL(SIGNAL) | LABEL(PEER)},
    {"crumple_exits_total", "counter",
     "Reported ends by exit and similar functions (CRUMPLE_EXIT) and by CRUMPLE_SIGNALS.", "exit", NULL,
     COUNT, LABEL(EXE)},
    {"crumple_died_total", "counter",
     "Ends that crumple-run saw from outside: kills, lack of memory, statuses, failed starts.", "died", NULL,
     COUNT, LABEL(EXE) | LABEL(HOW)},
    {"crumple_dumps_total", "counter", "Dumps of processes that went on ('crumple dump', crumple_dump()).",
     "dump", NULL, COUNT, LABEL(EXE)},
    {"crumple_logged_total", "counter",
     "Errors that servers only logged, and survived: recovered panics, failed functions of modules.",
     "logged", NULL, COUNT, LABEL(EXE) | LABEL(HOW)},
    {"crumple_refused_total", "counter", "Faults whose containment was refused: the process died.", "crash",
     "refused", COUNT, LABEL(EXE) | LABEL(REASON)},
    {"crumple_restarts_total", "counter", "Restarts of thread routines after a fault.", "restart", NULL,
     COUNT, LABEL(EXE) | LABEL(ROUTINE)},
    {"crumple_server_restarts_total", "counter", "Restarts of servers by crumple-run (--restart).",
     "restarted", NULL, COUNT, LABEL(EXE) | LABEL(HOW)},
    {"crumple_restart_limit_total", "counter", "Servers that crumple-run gave up, at --restart-limit.",
     "restart_limit", NULL, COUNT, LABEL(EXE) | LABEL(HOW)},
    {"crumple_backlog_full_total", "counter",
     "Connections that the kernel dropped while a server restarted, since too many waited.", "restarted",
     NULL, BACKLOG_FULL, LABEL(EXE)},
    {"crumple_breaker_transitions_total", "counter", "State changes of circuit breakers.", "breaker", NULL,
     COUNT, LABEL(EXE) | LABEL(SCOPE) | LABEL(TO)},
    {"crumple_peer_refused_total", "counter",
     "Connections closed at once because their peer's breaker was open.", "peer_refused", NULL, COUNT,
     LABEL(EXE) | LABEL(PEER)},
    {"crumple_escalations_total", "counter", "Processes killed on purpose because a containment failed.",
     "escalated", NULL, COUNT, LABEL(EXE) | LABEL(REASON)},
    {"crumple_leaked_sockets_total", "counter", "Sockets left open by ended threads.", "contained", NULL,
     SOCKETS, LABEL(EXE)},
    {"crumple_bundles_written_total", "counter", "Faults, ends, dumps and logged errors that left a bundle.",
     NULL, NULL, BUNDLES, LABEL(EXE)},
    {"crumple_bundles_suppressed_total", "counter",
     "Faults, ends, dumps and logged errors that were only counted, because of CRUMPLE_KEEP.", NULL, NULL,
     SUPPRESSED, LABEL(EXE)},
    {"crumple_bundles_pruned_total", "counter", "Files deleted to keep the limits of CRUMPLE_KEEP.", "pruned",
     NULL, COUNT, LABEL(REASON)},
    {"crumple_last_fault_timestamp_seconds", "gauge", "Time of the newest fault, fatal or contained.", NULL,
     NULL, LAST, LABEL(EXE)},
    {"crumple_last_event_timestamp_seconds", "gauge", "Time of the newest event of each kind.", NULL, NULL,
     LAST_EVENT, LABEL(EXE) | LABEL(OF)},
};

static const char *const label_names[TALLY_LABELS] = {
    [TALLY_OF] = "event",        [TALLY_EXE] = "exe",   [TALLY_SIGNAL] = "signal",
    [TALLY_ROUTINE] = "routine", [TALLY_PEER] = "peer", [TALLY_REASON] = "reason",
    [TALLY_SCOPE] = "scope",     [TALLY_TO] = "to",     [TALLY_HOW] = "how",
};

static struct span name_of(const struct names *names, uint32_t number)
{
    struct span name = {names->items[number], names->sizes[number]};
    if (number == NAMES_NONE)
        name.bytes = NULL;
    return name;
}

static void add_uid(struct buffer *labels, unsigned uid)
{
    char text[16];
    int size = snprintf(text, sizeof text, "%u", uid);
    samples_label(labels, "uid", (struct span){text, (size_t)size});
}

static bool belongs(const struct tally *tally, const struct family *family, const struct tally_entry *entry)
{
    const char *of = tally_text(tally, TALLY_OF, &entry->key);
    bool is_fault = strcmp(of, "crash") == 0 || strcmp(of, "contained") == 0;
    bool has_report =
        is_fault || (family->value != LAST && (strcmp(of, "exit") == 0 || strcmp(of, "died") == 0 ||
                                               strcmp(of, "dump") == 0 || strcmp(of, "logged") == 0));
    bool is_of = family->of                    ? strcmp(of, family->of) == 0
                 : family->value == LAST_EVENT ? entry->last_us >= 0
                                               : has_report;
    return is_of &&
           (!family->action || strcmp(tally_text(tally, TALLY_ACTION, &entry->key), family->action) == 0);
}

static void add_value(uint64_t *sum, const struct family *family, const struct tally_entry *entry)
{
    const uint64_t values[] = {entry->count, entry->suppressed, entry->bundles, entry->sockets,
                               entry->backlog_full};
    uint64_t last = entry->last_us < 0 ? 0 : (uint64_t)entry->last_us / 1000000;
    if (family->value < LAST)
        *sum += values[family->value];
    else if (last > *sum)
        *sum = last;
}

static void render_family(const struct tally *tally, const struct family *family, unsigned uid,
                          struct buffer *out)
{
    struct samples samples;
    struct buffer labels = {0};
    out->failed |= samples_init(&samples) < 0;
    for (size_t i = 0; i < tally->count && !out->failed; i++) {
        const struct tally_entry *entry = &tally->entries[i];
        if (!belongs(tally, family, entry))
            continue;
        labels.size = 0;
        for (int label = 0; label < TALLY_LABELS; label++)
            if (family->labels & (1u << label))
                samples_label(&labels, label_names[label],
                              name_of(&tally->labels[label], entry->key.names[label]));
        add_uid(&labels, uid);
        uint64_t *sum = samples_value(&samples, &labels);
        out->failed |= !sum;
        if (sum)
            add_value(sum, family, entry);
    }
    if (!out->failed)
        samples_print(&samples, family->name, family->type, family->help, out);
    buffer_release(&labels);
    samples_release(&samples);
}

/* 0 closed, 1 half-open, 2 open, as gobreaker counts them. */
static uint64_t breaker_number(const struct tally *tally, uint64_t name)
{
    const char *state = names_text(&tally->labels[TALLY_TO], (uint32_t)name);
    return strcmp(state, "open") == 0 ? 2 : strcmp(state, "half-open") == 0 ? 1 : 0;
}

static void add_state(struct tally *tally, const struct tally_state *state, unsigned uid,
                      struct samples *samples, struct buffer *labels)
{
    bool is_breaker = state->key.kind == TALLY_BREAKER;
    struct span name = name_of(&tally->things, state->key.name);
    uint64_t value = is_breaker ? breaker_number(tally, state->value) : state->value;
    labels->size = 0;
    samples_label(labels, "exe", name_of(&tally->labels[TALLY_EXE], state->key.exe));
    if (is_breaker)
        samples_label(labels, "scope", name_of(&tally->labels[TALLY_SCOPE], state->key.scope));
    if (is_breaker && samples->labels.count > BREAKERS_MAX)
        name = (struct span){"other", 5};
    if (is_breaker || state->key.kind == TALLY_PARKED)
        samples_label(labels, is_breaker ? "name" : "routine", name);
    add_uid(labels, uid);
    uint64_t *sum = samples_value(samples, labels);
    if (!sum)
        labels->failed = true;
    else if (!is_breaker)
        *sum += value;
    else if (value > *sum) /* of several processes the worst */
        *sum = value;
}

static void render_states(struct tally *tally, enum tally_state_kind kind, unsigned uid, struct buffer *out)
{
    static const char *const names[][2] = {
        [TALLY_PARKED] = {"crumple_parked", "Threads whose routine is off after too many restarts."},
        [TALLY_BREAKER] = {"crumple_breaker_state", "Circuit breakers: 0 closed, 1 half-open, 2 open."},
        [TALLY_SOCKETS] = {"crumple_leaked_sockets",
                           "Sockets left open by ended threads, in running processes."},
        [TALLY_WOUNDED] = {"crumple_wounded",
                           "Threads that running processes have lost to contained faults."},
    };
    struct samples samples;
    struct buffer labels = {0};
    out->failed |= samples_init(&samples) < 0;
    /* Breakers that are not closed come first: they are what there must be
     * room for. */
    for (int closed = 0; closed < 2; closed++) {
        for (size_t i = 0; i < tally->state_count && !out->failed; i++) {
            const struct tally_state *state = &tally->states[i];
            if (state->key.kind != kind || !tally_state_holds(tally, state))
                continue;
            if ((kind == TALLY_BREAKER && breaker_number(tally, state->value) == 0) == closed)
                add_state(tally, state, uid, &samples, &labels);
            out->failed |= labels.failed;
        }
    }
    if (!out->failed)
        samples_print(&samples, names[kind][0], "gauge", names[kind][1], out);
    buffer_release(&labels);
    samples_release(&samples);
}

void metrics_render(struct tally *tally, unsigned uid, struct buffer *out)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        render_family(tally, &families[i], uid, out);
    for (int kind = TALLY_PARKED; kind <= TALLY_WOUNDED; kind++)
        render_states(tally, (enum tally_state_kind)kind, uid, out);
}

/* Others than the owner may read it: it is for node_exporter. The directory
 * still decides who gets there. */
static int replace_file(int directory, const struct buffer *text)
{
    static const char temporary[] = "." CRUMPLE_METRICS_NAME CRUMPLE_TEMP_SUFFIX;
    (void)unlinkat(directory, temporary, 0);
    int fd = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    int error = fchmod(fd, 0644) < 0 ? -errno : 0; /* whatever the umask is */
    for (size_t at = 0; at < text->size && !error;) {
        ssize_t done = write(fd, text->data + at, text->size - at);
        if (done <= 0)
            error = done < 0 ? -errno : -ENOSPC;
        else
            at += (size_t)done;
    }
    if (close(fd) < 0 && !error)
        error = -errno;
    if (!error && renameat(directory, temporary, directory, CRUMPLE_METRICS_NAME) < 0)
        error = -errno;
    if (error)
        (void)unlinkat(directory, temporary, 0);
    return error;
}

int metrics_write(int directory, uint64_t *ret_log_size)
{
    struct buffer log = {0}, text = {0};
    struct tally tally;
    struct stat status;
    size_t older_size = 0;
    int error = tally_init(&tally);
    if (!error && fstat(directory, &status) < 0)
        error = -errno;
    if (!error)
        error = log_read(directory, &log, &older_size);
    if (!error)
        error = tally_add_text(&tally, log.data, older_size);
    tally_reset_counts(&tally);
    if (!error)
        error = tally_add_text(&tally, log.data + older_size, log.size - older_size);
    if (!error) {
        metrics_render(&tally, status.st_uid, &text);
        error = text.failed ? -ENOMEM : replace_file(directory, &text);
    }
    *ret_log_size = log.size - older_size;
    tally_release(&tally);
    buffer_release(&log);
    buffer_release(&text);
    return error;
}
