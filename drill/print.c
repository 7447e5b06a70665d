/* SPDX-License-Identifier: MIT */
/* The results of a drill for people: see report.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "screen/out.h"
#include "screen/table.h"
#include "base/text.h"

#define CELL 32

static void print_share(size_t part, size_t whole, char text[static CELL])
{
    if (whole == 0)
        snprintf(text, CELL, "-");
    else
        snprintf(text, CELL, "%.1f %%", 100.0 * (double)part / (double)whole);
}

#define NUMBER(text)                                                                                         \
    {                                                                                                        \
        .name = (text), .right = true                                                                        \
    }
#define COLUMNS(first)                                                                                       \
    {                                                                                                        \
        {.name = (first), .least = 12}, NUMBER("SITES"), NUMBER("CONTAINED"), NUMBER("DEATHS"),              \
            NUMBER("WEDGED"), NUMBER("CORRUPT"), NUMBER("UNREPORTED"), NUMBER("NO STOP"), NUMBER("LEAKS"),   \
            {.name = "NO EFFECT", .right = true, .spare = true},                                             \
            {.name = "SILENT", .right = true, .spare = true}, NUMBER("SURFACE"), NUMBER("SUCCESS"),          \
    }
#define COLUMN_COUNT 13

static void add_row(struct table *table, const char *name, const struct drill_count *count,
                    const struct out_colors *colors)
{
    static const enum drill_outcome shown[] = {DRILL_CONTAINED,  DRILL_DELIBERATE, DRILL_WEDGED,
                                               DRILL_CORRUPT,    DRILL_UNREPORTED, DRILL_DOES_NOT_STOP,
                                               DRILL_SLOTS_LEAK, DRILL_NO_EFFECT,  DRILL_SILENT};
    const size_t shown_count = sizeof shown / sizeof shown[0];
    char texts[COLUMN_COUNT][CELL];
    const char *cells[COLUMN_COUNT];
    size_t n = 0;
    bool bad = false;

    cells[n++] = name;
    snprintf(texts[n], CELL, "%zu", count->activated);
    n++;
    for (size_t i = 0; i < shown_count; i++, n++) {
        snprintf(texts[n], CELL, "%zu", count->outcomes[shown[i]]);
        bad |= drill_is_fatal(shown[i]) && count->outcomes[shown[i]] > 0;
    }
    print_share(count->outcomes[DRILL_CONTAINED], count->activated, texts[n++]);
    print_share(count->outcomes[DRILL_CONTAINED], count->recovered, texts[n++]);
    for (size_t i = 1; i < n; i++)
        cells[i] = texts[i];
    (void)table_add(table, cells, bad ? colors->bad : "");
}

static void print_by_routine(const struct drill_report *report, const struct out_colors *colors)
{
    static const struct table_column columns[COLUMN_COUNT] = COLUMNS("ROUTINE");
    struct table *table = table_new(columns, COLUMN_COUNT);
    struct drill_count count;

    if (!table)
        return;
    for (uint32_t i = 0; i < report->pool->routine_count; i++) {
        count = drill_report_count(report, i, DRILL_ANY);
        if (count.activated > 0)
            add_row(table, report->pool->routines[i].name, &count, colors);
    }
    count = drill_report_count(report, DRILL_ANY, DRILL_ANY);
    add_row(table, "all", &count, colors);
    table_print(table, out_terminal_width(), true, colors);
    table_free(table);
}

static void print_by_module(const struct drill_report *report, const struct out_colors *colors)
{
    static const struct table_column columns[COLUMN_COUNT] = COLUMNS("MODULE");
    struct table *table = table_new(columns, COLUMN_COUNT);

    if (!table)
        return;
    for (uint32_t i = 0; i < report->pool->module_count; i++) {
        struct drill_count count = drill_report_count(report, DRILL_ANY, i);
        const char *slash = strrchr(report->pool->modules[i].path, '/');

        if (count.activated > 0)
            add_row(table, slash ? slash + 1 : report->pool->modules[i].path, &count, colors);
    }
    putchar('\n');
    table_print(table, out_terminal_width(), true, colors);
    table_free(table);
}

/* The most frequent texts, each with its share of all sites. */
static void print_texts(const struct drill_report *report, enum drill_text which, const char *first,
                        size_t activated)
{
    const struct table_column columns[] = {NUMBER("SITES"), NUMBER("SHARE"), {.name = first, .least = 20}};
    size_t count = 0;
    struct drill_reason *reasons = drill_report_reasons(report, which, &count);
    struct table *table = count > 0 ? table_new(columns, 3) : NULL;

    for (size_t i = 0; table && i < count; i++) {
        char number[CELL], share[CELL];
        const char *cells[] = {number, share, reasons[i].text};

        snprintf(number, CELL, "%zu", reasons[i].count);
        print_share(reasons[i].count, activated, share);
        (void)table_add(table, cells, "");
    }
    if (table) {
        putchar('\n');
        table_print(table, out_terminal_width(), true, &(struct out_colors){"", "", "", "", "", ""});
    }
    table_free(table);
    free(reasons);
}

/* What the faults cost those who had none. */
static void print_sums(const struct drill_report *report)
{
    const struct drill_healthy *healthy = &report->plan->healthy;
    struct drill_sums sums = drill_report_sums(report);
    const struct drill_innocents *said = &sums.innocents;

    if (sums.contained == 0)
        return;
    printf(
        "\n%zu faults in the servers that contained one: %zu contained; %zu of these servers were ended by SIGTERM",
        sums.faults, sums.contained, sums.stopped);
    if (sums.stopped_otherwise > 0)
        printf(", %zu of them with another status than a healthy one", sums.stopped_otherwise);
    putchar('\n');
    if (!said->told)
        return;
    printf(
        "their clients: %llu requests, %llu connections reset (by %zu contained faults), %llu refused, %llu wrong answers, "
        "%llu without an answer; longest wait %llu ms",
        (unsigned long long)said->requests, (unsigned long long)said->reset, sums.heard_faults,
        (unsigned long long)said->refused, (unsigned long long)said->wrong, (unsigned long long)said->hung,
        (unsigned long long)said->longest_ms);
    if (healthy->longest_ms >= 0)
        printf(" (without faults: %lld ms)", (long long)healthy->longest_ms);
    putchar('\n');
}

static void put_site(const struct drill_report *report, const struct drill_result *result, FILE *to)
{
    const struct drill_site *site = &report->pool->sites[result->site];
    char text[DRILL_DETAIL_BYTES];

    text_put(to, drill_pool_format(report->pool, site->module, site->offset, text, sizeof text));
}

static void print_fatal(const struct drill_report *report)
{
    bool first = true;

    for (size_t i = 0; i < report->count; i++) {
        const struct drill_result *result = &report->results[i];

        if (!drill_is_fatal(result->outcome))
            continue;
        if (first)
            printf("\nFailures:\n");
        first = false;
        printf("  %s at ", drill_outcome_name(result->outcome));
        put_site(report, result, stdout);
        printf(" in ");
        text_put(stdout, report->pool->routines[report->pool->sites[result->site].routine].name);
        printf(": ");
        text_put(stdout, result->detail);
        printf("; kept in ");
        text_put(stdout, result->evidence);
        putchar('\n');
    }
}

/* A word for a shell. */
static void put_word(const char *word)
{
    if (*word && word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   "%+,-./:=@_")] == '\0') {
        fputs(word, stdout);
        return;
    }
    putchar('\'');
    for (; *word; word++)
        if (*word == '\'')
            fputs("'\\''", stdout);
        else
            putchar(*word);
    putchar('\'');
}

static void put_option(const char *name, const char *value)
{
    printf(" --%s ", name);
    put_word(value);
}

static void print_command(const struct drill_report *report)
{
    const struct drill_plan *plan = report->plan;

    printf("\nTo repeat all runs (--site MODULE+OFFSET repeats one):\n"
           "  crumple drill --seed %llu --runs %zu --fault %s --faults %zu",
           (unsigned long long)plan->seed, plan->runs, drill_fault_name(plan->fault), plan->faults);
    if (plan->pool)
        put_option("sites", plan->pool);
    if (plan->routine)
        put_option("routine", plan->routine);
    if (plan->exclude)
        put_option("exclude", plan->exclude);
    if (plan->site)
        put_option("site", plan->site);
    put_option("recover", plan->recover);
    if (plan->ready)
        put_option("ready", plan->ready);
    if (plan->capacity)
        put_option("capacity", plan->capacity);
    put_option("load", plan->load);
    put_option("oracle", plan->oracle);
    printf(" --");
    for (size_t i = 0; i < plan->server_count; i++) {
        putchar(' ');
        put_word(plan->server[i]);
    }
    putchar('\n');
}

static int64_t slowest(const struct drill_report *report)
{
    int64_t most = -1;

    for (size_t i = 0; i < report->count; i++)
        if (report->results[i].outcome == DRILL_CONTAINED && report->results[i].answered_us > most)
            most = report->results[i].answered_us;
    return most;
}

void drill_report_print(const struct drill_report *report, const struct out_colors *colors)
{
    struct drill_count total = drill_report_count(report, DRILL_ANY, DRILL_ANY);

    print_by_routine(report, colors);
    print_by_module(report, colors);
    print_sums(report);
    print_fatal(report);
    print_texts(report, DRILL_TEXT_LATER, "A LATER FAULT ENDED THE SERVER", total.activated);
    printf("\n%zu sites in the pool, of %llu instructions executed", report->pool->count,
           (unsigned long long)report->pool->steps);
    printf("; dropped: %zu not activated, %zu with signals blocked, %zu failed\n",
           total.outcomes[DRILL_NOT_ACTIVATED], total.outcomes[DRILL_MASKED], total.outcomes[DRILL_FAILED]);
    if (slowest(report) >= 0)
        printf("slowest answer after a containment: %lld ms\n", (long long)(slowest(report) / 1000));
    print_command(report);
    print_texts(report, DRILL_TEXT_REASON, "NOT CONTAINED, BECAUSE", total.activated);
    print_texts(report, DRILL_TEXT_LOCK, "LOCK HELD", total.activated);
}

void drill_report_say(const struct drill_report *report, const struct drill_result *result)
{
    const struct drill_site *site = &report->pool->sites[result->site];
    char text[DRILL_DETAIL_BYTES];

    say("run %zu: %s in %s: %s%s%s%s%s", report->count,
        drill_pool_format(report->pool, site->module, site->offset, text, sizeof text),
        report->pool->routines[site->routine].name, drill_outcome_name(result->outcome),
        result->detail[0] ? ", " : "", result->detail, result->evidence[0] ? ", kept in " : "",
        result->evidence);
}
