/* SPDX-License-Identifier: MIT */
/* Counting results: see report.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

int drill_report_add(struct drill_report *report, const struct drill_result *result)
{
    if (report->count == report->room) {
        size_t room = report->room ? report->room * 2 : 64;
        struct drill_result *grown = reallocarray(report->results, room, sizeof *grown);

        if (!grown)
            return -ENOMEM;
        report->results = grown;
        report->room = room;
    }
    report->results[report->count++] = *result;
    return 0;
}

void drill_report_clear(struct drill_report *report)
{
    free(report->results);
    report->results = NULL;
    report->count = report->room = 0;
}

struct drill_count drill_report_count(const struct drill_report *report, uint32_t routine, uint32_t module)
{
    struct drill_count count = {0};

    for (size_t i = 0; i < report->count; i++) {
        const struct drill_result *result = &report->results[i];
        const struct drill_site *site = &report->pool->sites[result->site];

        if ((routine != DRILL_ANY && site->routine != routine) ||
            (module != DRILL_ANY && site->module != module))
            continue;
        count.outcomes[result->outcome]++;
        count.activated += drill_is_activated(result->outcome);
        count.recovered += result->recovered;
    }
    return count;
}

static int most_frequent_first(const void *a, const void *b)
{
    const struct drill_reason *x = a, *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return strcmp(x->text, y->text);
}

struct drill_reason *drill_report_reasons(const struct drill_report *report, size_t *ret_count)
{
    struct drill_reason *reasons = calloc(report->count + 1, sizeof *reasons);
    size_t count = 0;

    for (size_t i = 0; reasons && i < report->count; i++) {
        const char *text = report->results[i].reason;
        size_t at = 0;

        if (report->results[i].outcome != DRILL_DELIBERATE)
            continue;
        while (at < count && strcmp(reasons[at].text, text) != 0)
            at++;
        if (at == count)
            memcpy(reasons[count++].text, text, sizeof reasons[0].text);
        reasons[at].count++;
    }
    if (count > 1)
        qsort(reasons, count, sizeof *reasons, most_frequent_first);
    *ret_count = count;
    return reasons;
}

const char *drill_outcome_name(enum drill_outcome outcome)
{
    static const char *const names[] = {"contained", "deliberate", "wedged",        "corrupt", "unreported",
                                        "no_effect", "silent",     "not_activated", "masked",  "failed"};

    return names[outcome];
}

const char *drill_fault_name(enum drill_fault fault)
{
    static const char *const names[] = {"nil", "wild", "ill", "fpe", "flip"};

    return names[fault];
}

static json_t *ratio(size_t part, size_t whole)
{
    return whole > 0 ? json_real((double)part / (double)whole) : json_null();
}

static json_t *count_json(const struct drill_count *count)
{
    json_t *json = json_object();

    for (size_t i = 0; i < DRILL_OUTCOMES; i++)
        json_object_set_new(json, drill_outcome_name(i), json_integer((json_int_t)count->outcomes[i]));
    json_object_set_new(json, "activated", json_integer((json_int_t)count->activated));
    json_object_set_new(json, "recovered", json_integer((json_int_t)count->recovered));
    json_object_set_new(json, "surface", ratio(count->outcomes[DRILL_CONTAINED], count->activated));
    json_object_set_new(json, "success", ratio(count->outcomes[DRILL_CONTAINED], count->recovered));
    return json;
}

static json_t *routine_json(const struct drill_report *report, uint32_t routine)
{
    const struct drill_routine *row = &report->pool->routines[routine];
    struct drill_count count = drill_report_count(report, routine, DRILL_ANY);
    json_t *json = count_json(&count);
    char entry[DRILL_DETAIL_BYTES];
    json_int_t sites = 0;

    for (size_t i = 0; i < report->pool->count; i++)
        sites += report->pool->sites[i].routine == routine;
    json_object_set_new(json, "routine", json_string(row->name));
    json_object_set_new(
        json, "entry",
        json_string(drill_pool_format(report->pool, row->module, row->offset, entry, sizeof entry)));
    json_object_set_new(json, "sites", json_integer(sites));
    return json;
}

static json_t *module_json(const struct drill_report *report, uint32_t module)
{
    struct drill_count count = drill_report_count(report, DRILL_ANY, module);
    json_t *json = count_json(&count);

    json_object_set_new(json, "module", json_string(report->pool->modules[module].path));
    return json;
}

static json_t *text_json(const char *text)
{
    return *text ? json_string(text) : json_null();
}

static json_t *time_json(int64_t us)
{
    return us >= 0 ? json_integer(us) : json_null();
}

static json_t *result_json(const struct drill_report *report, const struct drill_result *result)
{
    const struct drill_site *site = &report->pool->sites[result->site];
    char text[DRILL_DETAIL_BYTES];

    return json_pack("{s:s, s:s, s:i, s:s, s:o, s:o, s:b, s:i, s:i, s:o, s:o, s:o}", "site",
                     drill_pool_format(report->pool, site->module, site->offset, text, sizeof text),
                     "routine", report->pool->routines[site->routine].name, "repeat", (int)result->repeat,
                     "outcome", drill_outcome_name(result->outcome), "reason", text_json(result->reason),
                     "detail", text_json(result->detail), "recovered", (int)result->recovered, "passes",
                     (int)result->passes, "sockets", (int)result->sockets, "settled_us",
                     time_json(result->settled_us), "answered_us", time_json(result->answered_us), "evidence",
                     text_json(result->evidence));
}

static json_t *reasons_json(const struct drill_report *report)
{
    size_t count = 0;
    struct drill_reason *reasons = drill_report_reasons(report, &count);
    json_t *json = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            json, json_pack("{s:s, s:I}", "reason", reasons[i].text, "count", (json_int_t)reasons[i].count));
    free(reasons);
    return json;
}

json_t *drill_report_json(const struct drill_report *report)
{
    const struct drill_plan *plan = report->plan;
    struct drill_count total = drill_report_count(report, DRILL_ANY, DRILL_ANY);
    json_t *server = json_array(), *routines = json_array(), *runs = json_array(), *modules = json_array();

    for (size_t i = 0; i < plan->server_count; i++)
        json_array_append_new(server, json_string(plan->server[i]));
    for (uint32_t i = 0; i < report->pool->routine_count; i++)
        json_array_append_new(routines, routine_json(report, i));
    for (uint32_t i = 0; i < report->pool->module_count; i++)
        if (drill_report_count(report, DRILL_ANY, i).activated > 0)
            json_array_append_new(modules, module_json(report, i));
    for (size_t i = 0; i < report->count; i++)
        json_array_append_new(runs, result_json(report, &report->results[i]));
    /* a number beyond 2^53 would lose bits in most readers, hence the text */
    return json_pack("{s:o, s:s, s:s, s:s, s:o, s:s, s:s, s:{s:I, s:I}, s:o, s:o, s:o, s:o, s:o}", "seed",
                     json_sprintf("%llu", (unsigned long long)plan->seed), "fault",
                     drill_fault_name(plan->fault), "recover", plan->recover, "shim", plan->shim, "server",
                     server, "load", plan->load, "oracle", plan->oracle, "sampled", "steps",
                     (json_int_t)report->pool->steps, "sites", (json_int_t)report->pool->count, "total",
                     count_json(&total), "routines", routines, "modules", modules, "reasons",
                     reasons_json(report), "runs", runs);
}
