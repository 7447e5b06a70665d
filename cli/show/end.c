/* SPDX-License-Identifier: MIT */
/* An end that crumple-run saw from outside: there are no stacks, but the memory, the output, and what to do next. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "amounts.h"
#include "base/text.h"
#include "read/report.h"
#include "show/show.h"

#define LINES_SHOWN     20 /* of each stream, unless all are wanted */
#define LINES_BESIDE_GO 10 /* where Go itself has told the cause */

static const json_t *end_of(const struct show *show)
{
    return json_object_get(show->report, "end");
}

static bool is(const json_t *end, const char *how)
{
    const char *found = report_string(end, "how");

    return found && strcmp(found, how) == 0;
}

static void put_amount(const json_t *memory, const char *member, const char *before, const char *behind)
{
    int64_t bytes = report_number(memory, member, 0);
    char amount[AMOUNT_BYTES];

    if (bytes <= 0)
        return;
    amount_bytes((uint64_t)bytes, amount);
    printf("%s%s%s", before, amount, behind);
}

static void put_memory(const struct show *show, const json_t *memory)
{
    int64_t kills = report_number(memory, "oom_kills", 0);

    if (!json_is_object(memory))
        return;
    show_put_label(show, "memory");
    put_amount(memory, "used", "", " at the end");
    put_amount(memory, "peak", ", ", " at most");
    put_amount(memory, "limit", ", limit ", "");
    if (kills > 0)
        printf("; %lld killed for want of memory", (long long)kills);
    fputs(" (of the whole cgroup)\n", stdout);
}

static const char *next_step(const json_t *end)
{
    const char *asked = report_string(end, "asked_by"), *reach = report_string(end, "reach");

    if (is(end, "oom"))
        return "raise the memory limit of its cgroup, or set a limit of the server's own below it";
    if (is(end, "together"))
        return "whoever runs the container says why: 'kubectl describe pod', 'docker inspect'";
    if (is(end, "killed") && asked)
        return "it had been asked to end, and had not: 'crumple-run --stop-dump' shows what such a server does";
    if (is(end, "killed"))
        return "'journalctl -k' names a kill by the OOM killer of the machine; else ask who may send it signals";
    if (is(end, "signal") && reach && *reach)
        return "libcrumple.so saw nothing of it: allow a core of the kernel's ('ulimit -c')";
    if (is(end, "signal"))
        return "libcrumple.so left no report: 'crumple doctor' says what it sees of this program";
    if (is(end, "exec"))
        return "look at the path, its mode, and the interpreter that the file names";
    if (is(end, "status") && !report_string(end, "stdout") && !report_string(end, "stderr"))
        return "'crumple-run --keep-output' keeps what it says before it ends";
    return NULL;
}

void show_end(const struct show *show)
{
    const json_t *end = end_of(show);

    if (!json_is_object(end))
        return;
    show_put_member(show, "cause", report_string(end, "description"));
    put_memory(show, json_object_get(end, "memory"));
    show_put_member(show, "next", next_step(end));
}

static const char *back_lines(const char *text, size_t most)
{
    const char *at = text + strlen(text);
    size_t lines = 0;

    if (at > text && at[-1] == '\n')
        at--;
    while (at > text && (at[-1] != '\n' || ++lines < most))
        at--;
    return at;
}

static void put_lines(const struct show *show, const char *name, const char *text)
{
    const size_t most = show_is_goroutine(show) ? LINES_BESIDE_GO : LINES_SHOWN;
    const char *at = text && !show->all ? back_lines(text, most) : text;

    if (!text || !*text)
        return;
    printf("\n%s of %s:\n", at == text ? "All" : "The last lines", name);
    while (*at) {
        size_t n = strcspn(at, "\n");
        char *line = strndup(at, n);

        fputs("  ", stdout);
        text_put(stdout, line);
        putchar('\n');
        free(line);
        at += n + (at[n] == '\n');
    }
}

void show_output(const struct show *show)
{
    const json_t *end = end_of(show);

    put_lines(show, "stdout", report_string(end, "stdout"));
    put_lines(show, "stderr", report_string(end, "stderr"));
}
