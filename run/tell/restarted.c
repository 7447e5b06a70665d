/* SPDX-License-Identifier: MIT */
#include "tell/restarted.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crumple_format.h"
#include "crumple_options.h"
#include "date.h"
#include "directory/directory.h"
#include "directory/event.h"
#include "ends/end.h"
#include "ends/judge.h"

static const char *how(const struct end_facts *facts)
{
    const char *word = end_kind_word(end_judge(facts));
    return word ? word : "end";
}

static void add_text(FILE *to, const char *member, const char *value)
{
    if (value[0])
        event_member(to, member, value);
    else
        fprintf(to, ",\"%s\":null", member);
}

void restarted_line(const struct end_facts *facts, const struct restart_cause *cause,
                    const struct restart_note *note, const char *hostname, FILE *to)
{
    char date[DATE_BYTES];
    date_format(note->time_ns / 1000, date);
    fputs(hostname ? "{\"crumple\":\"" CRUMPLE_VERSION "\"," : "{", to);
    fprintf(to, "\"event\":\"%s\"", note->is_limit ? "restart_limit" : "restarted");
    event_member(to, "exe", facts->exe);
    fprintf(to, ",\"pid\":%d,\"time\":\"%s\"", (int)end_facts_pid(facts), date);
    add_text(to, "run", facts->run_id ? facts->run_id : "");
    event_member(to, "how", how(facts));
    add_text(to, "cause", cause->title);
    add_text(to, "bundle", cause->bundle);
    fprintf(to, ",\"restarts\":%" PRIu64, note->restarts);
    if (!note->is_limit)
        fprintf(to,
                ",\"new_pid\":%d,\"downtime_ms\":%" PRId64 ",\"delay_ms\":%" PRId64
                ",\"held\":%u,\"backlog_full\":%u",
                (int)note->new_pid, note->downtime_ms, note->delay_ms, note->held, note->backlog_full);
    if (hostname)
        event_member(to, "hostname", hostname);
    fputs("}\n", to);
}

/* One write, so that lines of several processes do not mix. */
static void say_json(const struct end_facts *facts, const struct restart_cause *cause,
                     const struct restart_note *note)
{
    char line[PIPE_BUF], hostname[HOST_NAME_MAX + 1] = "";
    FILE *to = fmemopen(line, sizeof line, "w");
    if (!to)
        return;
    (void)gethostname(hostname, sizeof hostname - 1);
    restarted_line(facts, cause, note, hostname, to);
    const long size = ftell(to);
    if (fclose(to) == 0 && size > 0)
        (void)!write(STDERR_FILENO, line, (size_t)size);
}

struct search {
    pid_t pid;
    struct restart_cause cause;
};

/* The last one counts: a process of a former life may have had the number. */
static void hear(void *context, const char *directory, const struct line *line)
{
    struct search *search = context;
    char event[32] = "";
    (void)directory;
    (void)line_string(line, "event", event, sizeof event);
    if ((strcmp(event, "crash") != 0 && strcmp(event, "exit") != 0 && strcmp(event, "died") != 0) ||
        line_number(line, "pid") != search->pid)
        return;
    search->cause = (struct restart_cause){0};
    (void)line_string(line, "title", search->cause.title, sizeof search->cause.title);
    (void)line_string(line, "path", search->cause.bundle, sizeof search->cause.bundle);
}

_Noreturn void restarted_tell(const struct end_facts *facts, const struct follow *since_start,
                              const struct restart_note *note)
{
    const struct crumple_settings *settings = end_settings();
    struct search search = {.pid = end_facts_pid(facts)};
    struct follow follow = *since_start;
    char *line = NULL;
    size_t size = 0;
    follow.tell = hear;
    follow.context = &search;
    (void)directory_visit(settings->dir, follow_directory, &follow);
    FILE *to = open_memstream(&line, &size);
    if (to)
        restarted_line(facts, &search.cause, note, NULL, to);
    if (!to || fclose(to) != 0)
        _exit(1);
    if (settings->stderr_mode == CRUMPLE_STDERR_JSON)
        say_json(facts, &search.cause, note);
    end_give_back_signals();
    event_write(settings, line, size);
}
