/* SPDX-License-Identifier: MIT */
#include "core/notes.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>

#include "core/notes_threads.h"

/* Notes that are only understood when all have been seen. */
struct notes_scan {
    struct core_span info, threads, process;
    struct notes_statuses statuses;
};

static int notes_take_kernel(struct notes *notes, struct notes_scan *scan, uint32_t type,
                             struct core_span content)
{
    switch (type) {
    case NT_PRSTATUS:
        return notes_statuses_add(&scan->statuses, content);
    case NT_PRPSINFO:
        scan->process = content;
        return 0;
    case NT_AUXV:
        notes->auxv = content;
        return 0;
    case NT_FILE:
        notes->files = content;
        return 0;
    case NT_SIGINFO:
        /* gcore and the kernel write one for each thread; the first is that of the faulting thread. */
        if (content.size >= sizeof notes->signal && !notes->has_signal) {
            memcpy(&notes->signal, content.bytes, sizeof notes->signal);
            notes->has_signal = notes->signal.si_signo > 0;
        }
        return 0;
    default:
        return 0;
    }
}

static void notes_take_own(struct notes *notes, struct notes_scan *scan, uint32_t type,
                           struct core_span content)
{
    const struct {
        uint32_t type;
        struct core_span *place;
    } table[] = {
        {CRUMPLE_NOTE_INFO, &scan->info},
        {CRUMPLE_NOTE_THREADS, &scan->threads},
        {CRUMPLE_NOTE_MAPS, &notes->maps},
        {CRUMPLE_NOTE_STATUS, &notes->status},
        {CRUMPLE_NOTE_LIMITS, &notes->limits},
        {CRUMPLE_NOTE_CGROUP, &notes->cgroup},
        {CRUMPLE_NOTE_ENVIRON, &notes->environ},
        {CRUMPLE_NOTE_CMDLINE, &notes->cmdline},
        {CRUMPLE_NOTE_SOFT_ERRORS, &notes->soft_errors},
        {CRUMPLE_NOTE_UNLOADED, &notes->unloaded},
        {CRUMPLE_NOTE_STDOUT, &notes->stdout_text},
        {CRUMPLE_NOTE_STDERR, &notes->stderr_text},
        {CRUMPLE_NOTE_LOGGED, &notes->logged_text},
        {CRUMPLE_NOTE_LAST_LOGGED, &notes->last_logged},
        {CRUMPLE_NOTE_GO_DUMP, &notes->go_dump},
        {CRUMPLE_NOTE_GO_BUILD, &notes->go_build},
        {CRUMPLE_NOTE_C_REGISTERS, &notes->c_registers},
        {CRUMPLE_NOTE_TAGS, &notes->tags},
        {CRUMPLE_NOTE_BREADCRUMBS, &notes->breadcrumbs},
        {CRUMPLE_NOTE_VITALS, &notes->vitals},
        {CRUMPLE_NOTE_DESCRIPTORS, &notes->descriptors},
        {CRUMPLE_NOTE_HELD_LOCKS, &notes->held_locks},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].type == type)
            *table[i].place = content;
}

static int notes_scan_span(struct notes *notes, struct notes_scan *scan, struct core_span span,
                           struct core_damage *ret_damage)
{
    size_t at = 0;
    while (span.size - at >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr header;
        memcpy(&header, span.bytes + at, sizeof header);
        at += sizeof header;
        uint64_t name_size = ((uint64_t)header.n_namesz + 3) & ~UINT64_C(3);
        uint64_t content_size = ((uint64_t)header.n_descsz + 3) & ~UINT64_C(3);
        if (name_size > span.size - at || header.n_descsz > span.size - at - name_size) {
            snprintf(ret_damage->text, sizeof ret_damage->text, "a note that leaves its segment");
            return -EBADMSG;
        }
        const char *name = (const char *)span.bytes + at;
        struct core_span content = {span.bytes + at + name_size, header.n_descsz};
        if (header.n_namesz == sizeof CRUMPLE_NOTE_OWNER &&
            memcmp(name, CRUMPLE_NOTE_OWNER, header.n_namesz) == 0)
            notes_take_own(notes, scan, header.n_type, content);
        else if (header.n_namesz == sizeof "CORE" && memcmp(name, "CORE", header.n_namesz) == 0 &&
                 notes_take_kernel(notes, scan, header.n_type, content) < 0)
            return -ENOMEM;
        at += name_size + content_size < span.size - at ? name_size + content_size : span.size - at;
    }
    return 0;
}

static uint64_t notes_number(const char *text)
{
    errno = 0;
    char *end;
    uint64_t value = strtoull(text, &end, strncmp(text, "0x", 2) == 0 ? 16 : 10);
    return errno || end == text ? 0 : value;
}

/* A key, and the one of these in which its value goes. */
struct notes_key {
    const char *key;
    uint64_t *number;
    int64_t *id;
    const char **text;
};

static void notes_take_value(const struct notes_key *table, size_t count, const char *key, const char *value)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i].key, key) != 0)
            continue;
        if (table[i].number)
            *table[i].number = notes_number(value);
        else if (table[i].id)
            *table[i].id = (int64_t)(notes_number(value) & UINT32_MAX);
        else
            *table[i].text = value;
    }
}

static void notes_take_end(struct notes *notes, const char *key, const char *value)
{
    const struct notes_key table[] = {
        {"end", .text = &notes->end.how},
        {"end_status", .number = &notes->end.status},
        {"end_signal", .number = &notes->end.signal},
        {"end_core", .number = &notes->end.core},
        {"end_errno", .number = &notes->end.error},
        {"exe_found", .number = &notes->end.exe_found},
        {"sent_signal", .number = &notes->end.sent_signal},
        {"sent_ms", .number = &notes->end.sent_ms},
        {"uptime_ms", .number = &notes->end.uptime_ms},
        {"oom_kills", .number = &notes->end.oom_kills},
        {"memory_used", .number = &notes->end.memory_used},
        {"memory_peak", .number = &notes->end.memory_peak},
        {"memory_limit", .number = &notes->end.memory_limit},
        {"go_dump_lost", .number = &notes->end.go_dump_lost},
        {"go_dump_cut", .number = &notes->end.go_dump_cut},
        {"reach", .text = &notes->end.reach},
    };
    notes_take_value(table, sizeof table / sizeof table[0], key, value);
}

static void notes_take_culprit(struct notes *notes, const char *key, const char *value)
{
    struct notes_culprit *culprit = &notes->culprit;
    const struct notes_key table[] = {
        {"culprit", .text = &culprit->state},           {"culprit_why", .text = &culprit->why},
        {"culprit_open", .number = &culprit->open},     {"culprit_peer", .text = &culprit->peer},
        {"culprit_port", .number = &culprit->port},     {"culprit_fd", .number = &culprit->fd},
        {"culprit_bytes", .number = &culprit->bytes},   {"culprit_strike", .number = &culprit->strike},
        {"culprit_shared", .number = &culprit->shared},
    };
    notes_take_value(table, sizeof table / sizeof table[0], key, value);
}

static void notes_take_key(struct notes *notes, const char *key, const char *value, unsigned *ret_format)
{
    const struct notes_key table[] = {
        {"time_ns", .number = &notes->time_ns},
        {"mono_ns", .number = &notes->mono_ns},
        {"stop_ns", .number = &notes->stop_ns},
        {"core_ns", .number = &notes->core_ns},
        {"pid", .id = &notes->pid},
        {"ppid", .id = &notes->ppid},
        {"uid", .id = &notes->uid},
        {"gid", .id = &notes->gid},
        {"tid", .id = &notes->tid},
        {"frame", .number = &notes->recovery.frame},
        {"guard", .number = &notes->recovery.guard},
        {"locks_held", .number = &notes->recovery.locks_held},
        {"lock", .number = &notes->recovery.lock},
        {"sockets_shut", .number = &notes->recovery.sockets_shut},
        {"action", .text = &notes->recovery.action},
        {"decision", .text = &notes->recovery.decision},
        {"rule", .text = &notes->recovery.rule},
        {"routine_name", .text = &notes->recovery.routine_name},
        {"cause", .text = &notes->recovery.cause},
        {"peer", .text = &notes->recovery.peer},
        {"exception_type", .text = &notes->recovery.exception_type},
        {"exception_what", .text = &notes->recovery.exception_what},
        {"exit_call", .text = &notes->exit_call},
        {"exit_status", .number = &notes->exit_status},
        {"dump_reason", .text = &notes->dump.reason},
        {"dump_pid", .id = &notes->dump.pid},
        {"dump_uid", .id = &notes->dump.uid},
        {"dump_token", .id = &notes->dump.token},
        {"dump_ns", .number = &notes->dump.ns},
        {"logged_stream", .number = &notes->logged.stream},
        {"logged_missed", .number = &notes->logged.missed},
        {"exe", .text = &notes->exe},
        {"event", .text = &notes->event},
        {"hostname", .text = &notes->hostname},
        {"abort_msg", .text = &notes->abort_message},
        {"glib_msg", .text = &notes->glib_message},
        {"last_words", .text = &notes->last_words},
        {"logs", .text = &notes->logs},
        {"access", .text = &notes->access},
        {"file_bytes", .number = &notes->file.bytes},
        {"file_offset", .number = &notes->file.offset},
        {"file_free", .number = &notes->file.free},
        {"file_system", .number = &notes->file.system},
        {"handler_ns", .number = &notes->handler_ns},
        {"sender_name", .text = &notes->sender_name},
        {"watch", .text = &notes->watch},
        {"stack", .text = &notes->stack},
    };
    notes_take_value(table, sizeof table / sizeof table[0], key, value);
    notes_take_end(notes, key, value);
    notes_take_culprit(notes, key, value);
    if (strcmp(key, "promoted") == 0)
        notes->is_promoted = strcmp(value, "1") == 0;
    notes->file.is_known |= strcmp(key, "file_bytes") == 0;
    if (strcmp(key, "format") == 0)
        *ret_format = (unsigned)notes_number(value);
}

static int notes_read_info(struct notes *notes, struct core_span info, struct core_damage *ret_damage)
{
    notes->text = malloc(info.size + 1);
    if (!notes->text)
        return -ENOMEM;
    memcpy(notes->text, info.bytes, info.size);
    notes->text[info.size] = '\0';
    notes->has_info = true;
    unsigned format = 0;
    char *rest = notes->text;
    for (char *line; (line = strsep(&rest, "\n"));) {
        char *equals = strchr(line, '=');
        if (!equals)
            continue;
        *equals = '\0';
        notes_take_key(notes, line, equals + 1, &format);
    }
    if (notes->abort_message && !*notes->abort_message)
        notes->abort_message = NULL;
    if (notes->glib_message && !*notes->glib_message)
        notes->glib_message = NULL;
    if (notes->last_words && !*notes->last_words)
        notes->last_words = NULL;
    if (format > CRUMPLE_FORMAT_VERSION) {
        snprintf(ret_damage->text, sizeof ret_damage->text,
                 "it has format %u, this crumple-writer reads up to %d", format, CRUMPLE_FORMAT_VERSION);
        return -EBADMSG;
    }
    return 0;
}

/* A kernel's core: who the process was stands in NT_PRPSINFO. */
static int notes_read_process(struct notes *notes, struct core_span process)
{
    struct elf_prpsinfo info;
    if (process.size < sizeof info)
        return 0;
    memcpy(&info, process.bytes, sizeof info);
    notes->text = strndup(info.pr_fname, sizeof info.pr_fname);
    if (!notes->text)
        return -ENOMEM;
    notes->exe = notes->text;
    notes->pid = info.pr_pid;
    notes->ppid = info.pr_ppid;
    notes->uid = info.pr_uid;
    notes->gid = info.pr_gid;
    return 0;
}

/* What is absent is empty, at an address that can be counted on from. */
static void notes_fill_absent(struct notes *notes)
{
    struct core_span *spans[] = {
        &notes->auxv,        &notes->files,       &notes->maps,        &notes->status,
        &notes->limits,      &notes->cgroup,      &notes->environ,     &notes->cmdline,
        &notes->soft_errors, &notes->unloaded,    &notes->tags,        &notes->breadcrumbs,
        &notes->stdout_text, &notes->stderr_text, &notes->logged_text, &notes->last_logged,
        &notes->go_dump,     &notes->go_build,    &notes->c_registers, &notes->held_locks,
        &notes->vitals,      &notes->descriptors};
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++)
        if (!spans[i]->bytes)
            spans[i]->bytes = (const uint8_t *)"";
}

static int notes_complete(struct notes *notes, struct notes_scan *scan, struct core_damage *ret_damage)
{
    notes->event = "crash";
    notes->exe = notes->hostname = "";
    notes->exit_call = "exit";
    notes->end.how = "";
    notes_fill_absent(notes);
    int error = scan->info.size ? notes_read_info(notes, scan->info, ret_damage)
                                : notes_read_process(notes, scan->process);
    if (error)
        return error;
    if (scan->threads.size >= sizeof(struct crumple_note_thread))
        error = notes_threads_read(scan->threads, &scan->statuses, notes);
    else if (scan->statuses.count)
        error = notes_threads_from_kernel(&scan->statuses, notes);
    else if (notes_is_from_outside(notes)) {
        notes->threads = calloc(1, sizeof *notes->threads);
        error = notes->threads ? 0 : -ENOMEM;
    } else {
        snprintf(ret_damage->text, sizeof ret_damage->text, "no threads");
        error = -EBADMSG;
    }
    if (!error && !notes->tid)
        notes->tid = notes->threads[0].tid;
    return error;
}

int notes_read(const struct core_file *core, struct notes *ret_notes, struct core_damage *ret_damage)
{
    struct notes notes = {0};
    struct notes_scan scan = {0};
    int error = 0;
    for (size_t i = 0; i < core->note_count && !error; i++)
        error = notes_scan_span(&notes, &scan, core->notes[i], ret_damage);
    if (!error)
        error = notes_complete(&notes, &scan, ret_damage);
    notes_statuses_release(&scan.statuses);
    if (error)
        notes_release(&notes);
    else
        *ret_notes = notes;
    return error;
}

void notes_release(struct notes *notes)
{
    free(notes->text);
    free(notes->threads);
    *notes = (struct notes){0};
}

bool notes_is_died(const struct notes *notes)
{
    return strcmp(notes->event, "died") == 0;
}

uint64_t notes_auxv(const struct notes *notes, uint64_t key)
{
    for (size_t at = 0; at + 16 <= notes->auxv.size; at += 16) {
        uint64_t entry[2];
        memcpy(entry, notes->auxv.bytes + at, sizeof entry);
        if (entry[0] == key)
            return entry[1];
    }
    return 0;
}

bool notes_is_logged(const struct notes *notes)
{
    return strcmp(notes->event, "logged") == 0;
}

bool notes_is_from_outside(const struct notes *notes)
{
    return notes_is_died(notes) || notes_is_logged(notes);
}

bool notes_is_dump(const struct notes *notes)
{
    return strcmp(notes->event, "dump") == 0 && !notes->has_signal;
}
