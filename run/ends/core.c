/* SPDX-License-Identifier: MIT */
#include "ends/core.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crumple_format.h"
#include "crumple_run_options.h"
#include "date.h"
#include "ends/core_stack.h"
#include "settings.h"
#include "settings_values.h"

#define NS_PER_MS         1000000
#define CGROUP_BYTES      4096
#define HEADERS_MAX       (1 + CGO_MODULES_MAX + 1)
#define HOSTNAME_BYTES    65
#define POD_VALUE_MAX     253 /* of a name of DNS */
#define ENVIRONMENT_BYTES 2048

void core_name(const struct end_facts *facts, unsigned more_us, char ret_name[CORE_NAME_BYTES])
{
    char date[DATE_BYTES], compact[DATE_BYTES], exe[CRUMPLE_NAME_EXE + 1] = "", *to = compact;
    const char *slash = strrchr(facts->exe, '/'), *name = slash && slash[1] ? slash + 1 : facts->exe;
    date_format(facts->end_ns / 1000 + more_us, date);
    for (const char *at = date; *at; at++)
        if (*at != '-' && *at != ':')
            *to++ = *at;
    *to = '\0';
    for (size_t i = 0; i < CRUMPLE_NAME_EXE && name[i]; i++) {
        const char c = name[i];
        const bool is_fine =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("._+-", c);
        exe[i] = is_fine ? c : '_';
    }
    snprintf(ret_name, CORE_NAME_BYTES, "%s-%s-%ld", compact, exe[0] ? exe : "unknown",
             (long)end_facts_pid(facts));
}

static void add_note(FILE *to, uint32_t type, const void *bytes, size_t size)
{
    core_note(to, CRUMPLE_NOTE_OWNER, type, bytes, size);
}

static void key_number(FILE *to, const char *key, uint64_t value)
{
    fprintf(to, "%s=%" PRIu64 "\n", key, value);
}

static void key_known(FILE *to, const char *key, uint64_t value)
{
    if (value)
        key_number(to, key, value);
}

static void key_text(FILE *to, const char *key, const char *text)
{
    fprintf(to, "%s=", key);
    for (; *text; text++)
        fputc((unsigned char)*text < ' ' ? ' ' : *text, to);
    fputc('\n', to);
}

static void add_end(FILE *to, const struct end_facts *facts, enum end_kind kind)
{
    const int asked_by = end_asked_by(facts);
    key_text(to, "end", end_kind_word(kind));
    if (facts->has_peers) {
        key_text(to, "culprit", "none");
        key_text(to, "culprit_why", "the end was seen from outside, and not which request led to it");
    }
    if (kind == END_EXEC) {
        key_number(to, "end_errno", (uint64_t)facts->exec_error);
        key_number(to, "exe_found", facts->is_found);
        return;
    }
    if (kind != END_TOGETHER)
        key_number(to, facts->end.by_signal ? "end_signal" : "end_status", (uint64_t)facts->end.status);
    key_number(to, "end_core", facts->end.has_core);
    if (asked_by && facts->end_ns >= facts->sent_ns[asked_by]) {
        key_number(to, "sent_signal", (uint64_t)asked_by);
        key_number(to, "sent_ms", (facts->end_ns - facts->sent_ns[asked_by]) / NS_PER_MS);
    }
    if (facts->start_ns && facts->end_ns > facts->start_ns)
        key_known(to, "uptime_ms", (facts->end_ns - facts->start_ns) / NS_PER_MS);
    if (facts->reach && *facts->reach)
        key_text(to, "reach", facts->reach);
    if (kind == END_GO)
        key_number(to, "go_dump_lost", facts->go_dump_lost);
    if (facts->is_dump_cut)
        key_number(to, "go_dump_cut", 1);
    if (!facts->has_memory)
        return;
    key_number(to, "oom_kills", end_oom_kills(facts));
    key_known(to, "memory_used", facts->after.used);
    key_known(to, "memory_peak", facts->after.peak);
    if (facts->after.limit != CGROUP_UNLIMITED)
        key_known(to, "memory_limit", facts->after.limit);
}

static void add_logged(FILE *to, const struct end_facts *facts)
{
    key_number(to, "logged_stream", facts->logged_stream);
    key_number(to, "logged_missed", facts->logged_missed);
}

/* The clock of a process that was seen by another one, or in another boot, says nothing. */
static uint64_t mono_ns(const struct end_facts *facts)
{
    struct timespec now = {0}, real = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    (void)clock_gettime(CLOCK_REALTIME, &real);
    const uint64_t since = (uint64_t)real.tv_sec * 1000000000 + (uint64_t)real.tv_nsec - facts->end_ns;
    const uint64_t at = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    return facts->is_together || since > at ? 0 : at - since;
}

/* The paths; crumple-writer reads the files. A list that the shim refuses is none here. */
static void add_logs(FILE *to)
{
    const char *given = getenv("CRUMPLE_LOGS");
    if (given && strlen(given) < SETTINGS_CONTEXT_BYTES && settings_paths(given, SETTINGS_PATHS_MAX))
        key_text(to, "logs", given);
}

/* By it, the bundle has the secrets of tags or not. */
static void add_stack_mode(FILE *to)
{
    const char *given = getenv("CRUMPLE_STACK");
    if (given && (strcmp(given, "scrubbed") == 0 || strcmp(given, "none") == 0))
        key_text(to, "stack", given);
}

static void add_info(FILE *to, const struct end_facts *facts, enum end_kind kind)
{
    char *text = NULL, hostname[HOSTNAME_BYTES] = "";
    size_t size = 0;
    FILE *info = open_memstream(&text, &size);
    if (!info)
        return;
    (void)gethostname(hostname, sizeof hostname - 1);
    key_number(info, "format", CRUMPLE_FORMAT_VERSION);
    key_text(info, "crumple", CRUMPLE_VERSION);
    key_text(info, "event", kind == END_LOGGED ? "logged" : "died");
    key_number(info, "time_ns", facts->end_ns);
    key_known(info, "mono_ns", mono_ns(facts));
    key_text(info, "exe", facts->exe);
    key_text(info, "hostname", hostname);
    key_number(info, "pid", (uint64_t)end_facts_pid(facts));
    key_number(info, "ppid", (uint64_t)facts->self);
    key_number(info, "uid", geteuid());
    key_number(info, "gid", getegid());
    add_stack_mode(info);
    if (kind == END_LOGGED) {
        add_logged(info, facts);
    } else {
        add_end(info, facts, kind);
        add_logs(info);
    }
    if (fclose(info) == 0)
        add_note(to, CRUMPLE_NOTE_INFO, text, size);
    free(text);
}

static void add_command(FILE *to, const struct end_facts *facts)
{
    char words[CRUMPLE_MAX_CMDLINE];
    size_t used = 0;
    for (char *const *word = facts->argv; *word; word++) {
        const size_t n = strlen(*word) + 1;
        if (n > sizeof words - used)
            break;
        memcpy(words + used, *word, n);
        used += n;
    }
    add_note(to, CRUMPLE_NOTE_CMDLINE, words, used);
}

/* That of crumple-run: the server's is gone with it, and was the same but for servers that move themselves. */
static void add_cgroup(FILE *to)
{
    char text[CGROUP_BYTES];
    FILE *file = fopen("/proc/self/cgroup", "re");
    size_t size = file ? fread(text, 1, sizeof text, file) : 0;
    if (file)
        (void)fclose(file);
    if (size)
        add_note(to, CRUMPLE_NOTE_CGROUP, text, size);
}

/* The writer names the run in its line, and the pod: it finds the variables where it finds those of a crash. */
static void add_environment(FILE *to, const struct end_facts *facts)
{
    static const char *const names[] = {"KUBERNETES_SERVICE_HOST", "POD_NAMESPACE", "POD_NAME", "POD_IP",
                                        "NODE_NAME"};
    char text[ENVIRONMENT_BYTES];
    size_t used = 0;
    if (facts->run_id)
        used = (size_t)snprintf(text, sizeof text, CRUMPLE_RUN_ID_VARIABLE "=%.200s", facts->run_id) + 1;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value && strlen(value) <= POD_VALUE_MAX)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s=%s", names[i], value) + 1;
    }
    if (used)
        add_note(to, CRUMPLE_NOTE_ENVIRON, text, used);
}

/* As the shim notes it of a crash. */
static void add_tags(FILE *to)
{
    char text[SETTINGS_CONTEXT_BYTES + sizeof CRUMPLE_TAGS_GIVEN + 2];
    const char *given = getenv("CRUMPLE_TAGS");
    if (!given || !*given || strlen(given) >= SETTINGS_CONTEXT_BYTES)
        return;
    size_t size = (size_t)snprintf(text, sizeof text, CRUMPLE_TAGS_GIVEN " %s", given);
    for (size_t i = 0; i < size; i++)
        text[i] = (unsigned char)text[i] < ' ' ? ' ' : text[i];
    text[size++] = '\n';
    add_note(to, CRUMPLE_NOTE_TAGS, text, size);
}

static void add_text(FILE *to, uint32_t type, const struct end_text *text)
{
    if (text->bytes && text->size)
        add_note(to, type, text->bytes, text->size);
}

static void add_go(FILE *to, const struct end_facts *facts)
{
    add_text(to, CRUMPLE_NOTE_GO_BUILD, &facts->go_build);
    add_text(to, CRUMPLE_NOTE_LAST_LOGGED, &facts->last_logged);
}

void core_go_notes(FILE *to, const struct end_facts *facts)
{
    add_text(to, CRUMPLE_NOTE_GO_DUMP, &facts->go_dump);
    add_go(to, facts);
    if (facts->c_stack)
        add_note(to, CRUMPLE_NOTE_C_REGISTERS, &facts->c_stack->registers, sizeof facts->c_stack->registers);
}

static void add_notes(FILE *to, const struct end_facts *facts, enum end_kind kind)
{
    add_info(to, facts, kind);
    add_command(to, facts);
    add_environment(to, facts);
    add_tags(to);
    if (!facts->is_together)
        add_cgroup(to);
    for (int i = 0; i < 2; i++) {
        const struct end_text *output = &facts->output[i];
        if (output->bytes && output->size)
            add_note(to, i ? CRUMPLE_NOTE_STDERR : CRUMPLE_NOTE_STDOUT, output->bytes,
                     output->size < CRUMPLE_MAX_OUTPUT ? output->size : CRUMPLE_MAX_OUTPUT);
    }
    add_text(to, CRUMPLE_NOTE_LOGGED, &facts->logged);
    if (kind == END_GO)
        add_text(to, CRUMPLE_NOTE_GO_DUMP, &facts->go_dump);
    add_go(to, facts);
}

int core_write(const struct end_facts *facts, enum end_kind kind, FILE *to)
{
    const struct cgo_memory *memory = kind == END_GO ? facts->c_stack : NULL;
    Elf64_Phdr headers[HEADERS_MAX] = {{.p_type = PT_NOTE, .p_align = 4}};
    const size_t count = 1 + (memory ? memory->part_count : 0);
    const Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_CORE,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_phoff = sizeof header,
        .e_ehsize = sizeof header,
        .e_phentsize = sizeof *headers,
        .e_phnum = (Elf64_Half)count};
    errno = 0;
    (void)fwrite(&header, sizeof header, 1, to);
    (void)fwrite(headers, sizeof *headers, count, to);
    headers[0].p_offset = sizeof header + count * sizeof *headers;
    if (memory)
        core_stack_notes(to, memory, facts->pid);
    add_notes(to, facts, kind);
    const long end = ftell(to);
    headers[0].p_filesz = end > 0 ? (Elf64_Xword)end - headers[0].p_offset : 0;
    if (memory)
        core_stack_parts(to, memory, headers + 1);
    if (fseek(to, sizeof header, SEEK_SET) == 0)
        (void)fwrite(headers, sizeof *headers, count, to);
    const bool is_whole = fseek(to, 0, SEEK_END) == 0 && fflush(to) == 0 && !ferror(to);
    return is_whole ? 0 : errno ? -errno : -EIO;
}
