/* SPDX-License-Identifier: MIT */
#include "explain/died.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "amounts.h"
#include "crash/crash.h"
#include "explain/last_line.h"

#define TITLE_LINE  120 /* bytes of the last line in a title */
#define SIGNED_LINE 120 /* and in a signature */
#define NEAR_LIMIT  90  /* per cent of the limit that are worth a word */
#define SIGNALS     64

static bool is(const struct crash *crash, const char *how)
{
    return strcmp(crash->notes.end.how, how) == 0;
}

static const char *program(const struct crash *crash)
{
    const char *slash = strrchr(crash->notes.exe, '/');
    return slash && slash[1] ? slash + 1 : crash->notes.exe[0] ? crash->notes.exe : "the program";
}

void died_signal_name(uint64_t signo, char *ret_name, size_t size)
{
    const char *name = signo <= SIGNALS ? sigabbrev_np((int)signo) : NULL;
    if (!signo)
        ret_name[0] = '\0';
    else if (name)
        snprintf(ret_name, size, "SIG%s", name);
    else
        snprintf(ret_name, size, "signal %" PRIu64, signo);
}

static int status_of(const struct crash *crash)
{
    return (int)(crash->notes.end.status & 0xff); /* as a parent sees it */
}

/* " at its limit of 256 MiB" */
static void limit_words(const struct crash *crash, const char *before, char *ret_words, size_t size)
{
    char limit[AMOUNT_BYTES];
    ret_words[0] = '\0';
    if (!crash->notes.end.memory_limit)
        return;
    amount_bytes(crash->notes.end.memory_limit, limit);
    snprintf(ret_words, size, "%s%s", before, limit);
}

/* " 12 s after SIGTERM" */
static void sent_words(const struct crash *crash, char *ret_words, size_t size)
{
    char ago[AMOUNT_BYTES], name[24];
    ret_words[0] = '\0';
    if (!crash->notes.end.sent_signal)
        return;
    amount_time(crash->notes.end.sent_ms, ago);
    died_signal_name(crash->notes.end.sent_signal, name, sizeof name);
    snprintf(ret_words, size, " %s after %s", ago, name);
}

static const char *exec_words(const struct crash *crash)
{
    const int error = crash->notes.end.error <= INT32_MAX ? (int)crash->notes.end.error : 0;
    const char *words = strerrordesc_np(error);
    if (error == ENOENT && crash->notes.end.exe_found)
        return "the interpreter that it names is not there";
    if (error == ENOEXEC)
        return "it is neither a program of this machine nor a script with a first line '#!'";
    return words ? words : "unknown error";
}

/* What was going on with the memory, where that may be the reason. */
static void memory_words(const struct crash *crash, char *ret_words, size_t size)
{
    const struct notes_end *end = &crash->notes.end;
    char used[AMOUNT_BYTES], limit[AMOUNT_BYTES];
    ret_words[0] = '\0';
    if (!end->memory_limit || end->memory_used < end->memory_limit / 100 * NEAR_LIMIT)
        return;
    amount_bytes(end->memory_used, used);
    amount_bytes(end->memory_limit, limit);
    snprintf(ret_words, size, "; memory was at %s of %s", used, limit);
}

static void set_title(struct crash *crash)
{
    char *title = crash->title, words[120], signal[24];
    const size_t size = sizeof crash->title;
    const char *name = program(crash), *line = crash->died.line;
    died_signal_name(crash->notes.end.signal, signal, sizeof signal);
    if (is(crash, "oom")) {
        limit_words(crash, " at its limit of ", words, sizeof words);
        snprintf(title, size, "%.60s ran out of memory: killed by the OOM killer%s", name, words);
    } else if (is(crash, "killed")) {
        sent_words(crash, words, sizeof words);
        snprintf(title, size, "%.60s was killed by SIGKILL%s", name,
                 words[0] ? words : "; the sender is not known");
    } else if (is(crash, "signal")) {
        snprintf(title, size, "%.60s died of %s", name, signal);
    } else if (is(crash, "exec")) {
        snprintf(title, size, "%.200s cannot be started: %s", name, exec_words(crash));
    } else if (is(crash, "together")) {
        memory_words(crash, words, sizeof words);
        snprintf(title, size, "%.60s ended together with crumple-run%s", name, words);
    } else {
        const bool is_cut = strlen(line) > TITLE_LINE;
        snprintf(title, size, "%.60s ended with status %d%s%.*s%s", name, status_of(crash),
                 line[0] ? ": \"" : "", TITLE_LINE, line,
                 !line[0] ? ""
                 : is_cut ? "...\""
                          : "\"");
    }
}

static void set_signature(struct crash *crash)
{
    char what[200], line[SIGNED_LINE];
    const char *name = program(crash);
    died_signal_name(crash->notes.end.signal, what, sizeof what);
    last_line_normalize(crash->died.line, line, sizeof line);
    if (is(crash, "killed"))
        snprintf(what, sizeof what, "killed%s",
                 crash->notes.end.sent_signal ? " after a request to end" : "");
    else if (is(crash, "exec"))
        snprintf(what, sizeof what, "exec %.100s", exec_words(crash));
    else if (is(crash, "oom") || is(crash, "together"))
        snprintf(what, sizeof what, "%s", crash->notes.end.how);
    else if (!is(crash, "signal"))
        snprintf(what, sizeof what, "status %d", status_of(crash));
    const bool has_line = line[0] && strncmp(what, "status", 6) == 0;
    snprintf(crash->signature, sizeof crash->signature, "died | %s | %.100s%s%s", what, name,
             has_line ? " | " : "", has_line ? line : "");
    snprintf(crash->kind_text, sizeof crash->kind_text, "died");
    crash->kind = crash->kind_text;
}

static void set_description(struct crash *crash)
{
    const struct notes_end *end = &crash->notes.end;
    char *description = crash->died.description, sent[80], uptime[AMOUNT_BYTES], memory[120], signal[24];
    const size_t size = sizeof crash->died.description;
    died_signal_name(end->signal, signal, sizeof signal);
    sent_words(crash, sent, sizeof sent);
    memory_words(crash, memory, sizeof memory);
    amount_time(end->uptime_ms, uptime);
    if (is(crash, "exec"))
        snprintf(description, size, "exec of '%.300s' failed: %s", crash->notes.exe, exec_words(crash));
    else if (is(crash, "together"))
        snprintf(description, size,
                 "its record of life was left open: both were killed, and what was last seen of it is below");
    else if (is(crash, "oom") && !end->signal)
        snprintf(
            description, size,
            "the process ended with status %d: a process that it had started was killed by the OOM killer",
            status_of(crash));
    else if (is(crash, "oom"))
        snprintf(description, size,
                 "the process was killed by SIGKILL, and the kernel counts a kill for want of memory");
    else if (end->signal)
        snprintf(description, size, "the process was ended by %s%s%s", signal, sent,
                 sent[0] || !is(crash, "killed") ? "" : ", and the kernel does not tell who sent it");
    else
        snprintf(description, size, "the process ended itself with status %d%s", status_of(crash), sent);
    size_t used = strlen(description);
    if (end->uptime_ms && used < size)
        used += (size_t)snprintf(description + used, size - used, "; it had run for %s", uptime);
    if (end->oom_kills && !is(crash, "oom") && used < size)
        used += (size_t)snprintf(description + used, size - used,
                                 "; meanwhile the OOM killer killed %" PRIu64 " of its memory cgroup",
                                 end->oom_kills);
    if (memory[0] && !is(crash, "together") && !is(crash, "oom") && used < size)
        used += (size_t)snprintf(description + used, size - used, "%s", memory);
    if (is(crash, "status") && crash->notes.go_build.size && used < size)
        used += (size_t)snprintf(
            description + used, size - used,
            "; Go ends a process by a system call: who called os.Exit or log.Fatal is not seen");
    if (is(crash, "signal") && end->reach && used < size)
        (void)snprintf(description + used, size - used, "; %.150s", end->reach);
}

/* What was last said on stderr; else on stdout, where a server's log may be: then its last word counts, if it is a fatal one. */
static void find_line(struct crash *crash)
{
    const struct core_span of_stderr = crash->notes.stderr_text, of_stdout = crash->notes.stdout_text;
    char line[DIED_LINE_BYTES];
    const bool is_said = last_line_find_message((const char *)of_stderr.bytes, of_stderr.size,
                                                crash->died.line, sizeof crash->died.line);
    const bool is_logged =
        last_line_find_message((const char *)of_stdout.bytes, of_stdout.size, line, sizeof line);
    if (!crash->died.line[0] || (is_logged && !is_said))
        memcpy(crash->died.line, line, sizeof line);
}

int died_describe(struct crash *crash)
{
    const struct notes *notes = &crash->notes;
    find_line(crash);
    died_signal_name(notes->end.signal, crash->signal.name, sizeof crash->signal.name);
    /* Who is killed has no reason to give. */
    const bool has_said_why = is(crash, "status") || is(crash, "signal");
    crash->reason = has_said_why && crash->died.line[0] ? crash->died.line : NULL;
    set_title(crash);
    set_signature(crash);
    set_description(crash);
    return 0;
}
