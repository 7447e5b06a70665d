/* SPDX-License-Identifier: MIT */
/* The head of a report (what, where, when), and its tail (what is missing or not to be trusted). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/report.h"
#include "show/show.h"
#include "base/text.h"
#include "base/time.h"

#define COMMAND_MAX 400 /* bytes of the command line, unless all of it is wanted */
#define MODULES_MAX 20
#define PER_LINE    3 /* registers */

static void put_how(const char *how, bool is_guard)
{
    if (how && strcmp(how, "unwind") == 0)
        fputs(" (by unwinding its stack)", stdout);
    else if (how && strcmp(how, "handlers") == 0)
        fputs(" (by pthread_exit: its cleanup handlers ran)", stdout);
    else if (how && strcmp(how, "jump") == 0)
        fputs(is_guard ? " (by a jump out of the function)"
                       : " (by a jump off its stack: no destructors ran)",
              stdout);
    putchar('\n');
}

static void put_outcome(const struct show *show, const json_t *recovery)
{
    const char *action = report_string(recovery, "action"), *how = report_string(recovery, "how");
    const char *decision = report_string(recovery, "decision");
    const bool is_guard = report_is_true(recovery, "guard");

    show_put_label(show, "outcome");
    if (strcmp(action, "refused") == 0) {
        fputs("not contained: ", stdout);
        text_put(stdout, decision ? decision : "no reason was recorded");
    } else if (strcmp(action, "contain") == 0) {
        fputs(is_guard ? "the thread goes on behind its crumple_guard(); the process lives"
                       : "the thread was ended; the process lives",
              stdout);
    } else if (strcmp(action, "restart") == 0) {
        fputs("the thread was ended and its routine starts again; the process lives", stdout);
    } else {
        text_put(stdout, action);
    }
    put_how(how, is_guard);
}

static void put_exception(const struct show *show, const json_t *exception)
{
    const char *type = report_string(exception, "type"), *what = report_string(exception, "what");

    if (!type && !what)
        return;
    show_put_label(show, "exception");
    text_put(stdout, type ? type : "of unknown type");
    if (what) {
        fputs(": ", stdout);
        text_put(stdout, what);
    }
    putchar('\n');
}

static void put_count(const struct show *show, const char *label, int64_t count, const char *what)
{
    if (count <= 0)
        return;
    show_put_label(show, label);
    printf("%lld %s\n", (long long)count, what);
}

/* What CRUMPLE_RECOVER made of the fault: whether the thread was ended, and why not. */
static void put_containment(const struct show *show)
{
    const json_t *recovery = json_object_get(show->report, "recovery");

    if (!report_string(recovery, "action")) {
        put_exception(show, json_object_get(show->report, "exception"));
        return;
    }
    put_outcome(show, recovery);
    show_put_member(show, "rule", report_string(recovery, "rule"));
    show_put_member(show, "routine", report_string(recovery, "routine"));
    show_put_member(show, "peer", report_string(recovery, "peer"));
    put_exception(show, json_object_get(recovery, "exception"));
    put_count(show, "locks", report_number(recovery, "locks_held", 0), "held by the thread");
    put_count(show, "sockets", report_number(recovery, "sockets_shut", 0), "shut down, and left open");
}

/* Where crumple-run keeps the strikes of peers: whose request it was. */
static void put_culprit(const struct show *show)
{
    const json_t *culprit = json_object_get(show->report, "culprit");
    const char *state = report_string(culprit, "state"), *peer = report_string(culprit, "peer");
    const char *why = report_string(culprit, "why");

    if (!state)
        return;
    show_put_label(show, "culprit");
    if (strcmp(state, "found") != 0) {
        fputs("none: ", stdout);
        text_put(stdout, why ? why : "no reason was recorded");
        putchar('\n');
        return;
    }
    text_put(stdout, peer ? peer : "a connection");
    if (peer)
        printf(" port %lld", (long long)report_number(culprit, "port", 0));
    printf(" (fd %lld), %lld bytes read, not answered", (long long)report_number(culprit, "fd", -1),
           (long long)report_number(culprit, "bytes", 0));
    if (why) {
        fputs("; not counted: ", stdout);
        text_put(stdout, why);
    }
    putchar('\n');
}

static void put_signal(const struct show *show)
{
    const json_t *signal = json_object_get(show->report, "signal");
    const char *name = report_string(signal, "name"), *code = report_string(signal, "code_name");
    const char *addr = report_string(signal, "addr"), *description = report_string(signal, "description");

    if (!json_is_object(signal))
        return;
    show_put_label(show, "signal");
    text_put(stdout, name ? name : "unknown");
    if (code) {
        fputs(" (", stdout);
        text_put(stdout, code);
        putchar(')');
    }
    if (addr && !(description && strstr(description, addr))) {
        fputs(" at ", stdout);
        text_put(stdout, addr);
    }
    if (description) {
        fputs(": ", stdout);
        text_put(stdout, description);
    }
    putchar('\n');
    if (report_is_true(signal, "promoted"))
        printf(
            "  %-10s the program's own handler ran first and raised the signal again; this is the original\n",
            "");
}

/* Who ended the process, where that was no signal. */
static void put_exit(const struct show *show)
{
    const json_t *exit = json_object_get(show->report, "exit");
    const char *call = report_string(exit, "call"), *description = report_string(exit, "description");
    const char *caller = report_string(json_object_get(exit, "caller"), "function");
    const char *module = report_string(json_object_get(exit, "caller"), "module");

    if (!json_is_object(exit))
        return;
    show_put_label(show, "call");
    text_put(stdout, call ? call : "exit");
    printf("(%lld)", (long long)report_number(exit, "status", 0));
    if (caller || module) {
        fputs(" by ", stdout);
        text_put(stdout, caller ? lookup_text(show->lookup, caller) : module);
    }
    if (caller && module) {
        fputs(" of ", stdout);
        text_put(stdout, module);
    }
    putchar('\n');
    show_put_member(show, "cause", description ? lookup_text(show->lookup, description) : NULL);
}

static void put_dump(const struct show *show)
{
    show_put_member(show, "cause", report_string(json_object_get(show->report, "dump"), "description"));
}

/* Arguments, quoted where a blank would hide where they end. */
static void put_command(const struct show *show)
{
    const json_t *cmdline = json_object_get(show->report, "cmdline");
    size_t bytes = 0;

    if (json_array_size(cmdline) == 0)
        return;
    show_put_label(show, "command");
    for (size_t i = 0; i < json_array_size(cmdline); i++) {
        const char *word = json_string_value(json_array_get(cmdline, i));
        bool quote = word[0] == '\0' || strpbrk(word, " \t\n'\"") != NULL;

        bytes += strlen(word) + 1;
        if (bytes > COMMAND_MAX && i > 0 && !show->all) {
            printf(" %s and %zu more arguments (--all)", text_ellipsis(), json_array_size(cmdline) - i);
            break;
        }
        fputs(i > 0 ? " " : "", stdout);
        fputs(quote ? "'" : "", stdout);
        text_put(stdout, word);
        fputs(quote ? "'" : "", stdout);
    }
    putchar('\n');
}

static void put_process(const struct show *show)
{
    static const char *const members[][2] = {
        {"pid", "pid"}, {"parent", "ppid"}, {"uid", "uid"}, {"gid", "gid"}};
    const char *host = report_string(show->report, "hostname"), *comma = "";

    show_put_label(show, "process");
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const json_t *value = json_object_get(show->report, members[i][1]);

        if (!json_is_integer(value))
            continue;
        printf("%s%s %lld", comma, members[i][0], (long long)json_integer_value(value));
        comma = ", ";
    }
    if (host) {
        printf("%son ", comma);
        text_put(stdout, host);
    }
    putchar('\n');
}

static void put_thread(const struct show *show)
{
    const json_t *threads = json_object_get(show->report, "threads"), *first = json_array_get(threads, 0);
    const char *name = report_string(first, "name");

    if (!first || show_is_goroutine(show))
        return;
    show_put_label(show, "thread");
    printf("%lld", (long long)report_number(first, "tid", 0));
    if (name) {
        fputs(" '", stdout);
        text_put(stdout, name);
        putchar('\'');
    }
    const int64_t captured = (int64_t)json_array_size(threads);
    const int64_t all = report_number(json_object_get(show->report, "vitals"), "threads", 0);
    printf(", of %lld\n", (long long)(all > captured ? all : captured));
}

#define CLOCK_SKEW 120 /* seconds that two machines' clocks may differ without a word */

static void put_age(int64_t seconds)
{
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = {{86400, "days"}, {3600, "hours"}, {60, "minutes"}, {1, "seconds"}};

    if (seconds <= -CLOCK_SKEW)
        fputs(" (yet to come, by this machine's clock)", stdout);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (seconds >= 2 * units[i].seconds) {
            printf(" (%lld %s ago)", (long long)(seconds / units[i].seconds), units[i].name);
            return;
        }
}

static void put_time(const struct show *show)
{
    const char *time = report_string(show->report, "time");
    int64_t us;

    if (!time)
        return;
    show_put_label(show, "time");
    text_put(stdout, time);
    if (when_parse(time, &us) == 0)
        put_age((when_now_us() - us) / 1000000);
    putchar('\n');
}

static void put_registers(const struct show *show)
{
    json_t *first = json_array_get(json_object_get(show->report, "threads"), 0);
    json_t *registers = json_object_get(first, "registers");
    size_t count = 0;

    if (json_object_size(registers) == 0)
        return;
    printf("\nRegisters:\n");
    for (void *at = json_object_iter(registers); at; at = json_object_iter_next(registers, at)) {
        char *name = text_clean(json_object_iter_key(at));
        char *value = text_clean(json_string_value(json_object_iter_value(at)));

        count++;
        printf("  %-7s %-18s%s", name ? name : "", value ? value : "",
               count % PER_LINE == 0 || count == json_object_size(registers) ? "\n" : "");
        free(name);
        free(value);
    }
}

void show_header(const struct show *show)
{
    const char *title = report_string(show->report, "title"), *event = report_string(show->report, "event");

    fputs(show->colors.bold, stdout);
    text_put(stdout, title ? lookup_text(show->lookup, title) : event);
    printf("%s\n\n", show->colors.reset);
    if (event && strcmp(event, "crash") != 0)
        show_put_member(show, "event", event);
    put_containment(show);
    put_signal(show);
    put_culprit(show);
    put_exit(show);
    show_end(show);
    put_dump(show);
    show_logged(show);
    show_put_member(show, "reason", report_string(show->report, "reason"));
    show_context(show);
    show_put_member(show, "program", report_string(show->report, "exe"));
    show_package(show);
    put_command(show);
    put_process(show);
    put_thread(show);
    show_go(show);
    put_time(show);
    show_put_member(show, "signature", lookup_text(show->lookup, report_string(show->report, "signature")));
    show_group_lines(show);
    show_put_member(show, "bundle", show->bundle);
    if (show->all)
        put_registers(show);
}

/* Modules whose file was gone or had changed: their names may be wrong. */
static void put_modules(const struct show *show)
{
    const json_t *modules = json_object_get(show->report, "modules"), *module;
    size_t i, shown = 0;

    json_array_foreach(modules, i, module)
    {
        const char *file = report_string(module, "file");

        if (!file || strcmp(file, "ok") == 0)
            continue;
        if (shown == MODULES_MAX && !show->all) {
            printf("  %s (--all shows the rest)\n", text_ellipsis());
            break;
        }
        if (shown++ == 0)
            printf("\nModules whose file differs from the one that ran:\n");
        fputs("  ", stdout);
        text_put(stdout, report_string(module, "path"));
        fputs(": ", stdout);
        text_put(stdout, file);
        putchar('\n');
    }
}

void show_notes(const struct show *show)
{
    const json_t *errors = json_object_get(show->report, "soft_errors"), *error;
    size_t i;

    put_modules(show);
    json_array_foreach(errors, i, error)
    {
        if (i == 0)
            printf("\nNot captured:\n");
        fputs("  ", stdout);
        text_put(stdout, json_string_value(error));
        putchar('\n');
    }
}
