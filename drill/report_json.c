/* SPDX-License-Identifier: MIT */
/* The results as JSON: see report.h. docs/drill.md lists the members. */
#include <stdlib.h>

#include "checks.h"
#include "report.h"

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

static json_t *innocents_json(const struct drill_innocents *said)
{
    if (!said->told)
        return json_null();
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "requests", (json_int_t)said->requests, "refused",
                     (json_int_t)said->refused, "reset", (json_int_t)said->reset, "wrong",
                     (json_int_t)said->wrong, "hung", (json_int_t)said->hung, "longest_ms",
                     (json_int_t)said->longest_ms);
}

static json_t *status_json(int64_t us, int status)
{
    char text[32];

    if (us < 0)
        return json_null();
    drill_checks_describe(status, text);
    return json_string(text);
}

static json_t *result_json(const struct drill_report *report, const struct drill_result *result)
{
    const struct drill_site *site = &report->pool->sites[result->site];
    char text[DRILL_DETAIL_BYTES];

    json_t *json = json_pack("{s:s, s:s, s:i, s:s, s:o, s:o, s:o, s:o, s:b, s:i}", "site",
                             drill_pool_format(report->pool, site->module, site->offset, text, sizeof text),
                             "routine", report->pool->routines[site->routine].name, "repeat",
                             (int)result->repeat, "outcome", drill_outcome_name(result->outcome), "reason",
                             text_json(result->reason), "lock", text_json(result->lock), "later",
                             text_json(result->later), "detail", text_json(result->detail), "recovered",
                             (int)result->recovered, "passes", (int)result->passes);
    json_t *more = json_pack(
        "{s:i, s:i, s:i, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o}", "sockets", (int)result->sockets, "faults",
        (int)result->faults, "faults_contained", (int)result->contained, "settled_us",
        time_json(result->settled_us), "answered_us", time_json(result->answered_us), "stop_us",
        time_json(result->stop_us), "stop", status_json(result->stop_us, result->stop_status),
        "stopped_otherwise", (int)result->stopped_otherwise, "capacity", time_json(result->capacity),
        "innocents", innocents_json(&result->innocents), "evidence", text_json(result->evidence));

    json_object_update(json, more);
    json_decref(more);
    return json;
}

static json_t *healthy_json(const struct drill_healthy *healthy)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "stop_us", time_json(healthy->stop_us), "stop",
                     status_json(healthy->stop_us, healthy->stop_status), "capacity",
                     time_json(healthy->capacity), "longest_ms", time_json(healthy->longest_ms));
}

static json_t *sums_json(const struct drill_report *report)
{
    struct drill_sums sums = drill_report_sums(report);

    return json_pack("{s:I, s:I, s:I, s:I, s:o}", "faults", (json_int_t)sums.faults, "faults_contained",
                     (json_int_t)sums.contained, "stopped", (json_int_t)sums.stopped, "stopped_otherwise",
                     (json_int_t)sums.stopped_otherwise, "innocents", innocents_json(&sums.innocents));
}

static json_t *texts_json(const struct drill_report *report, enum drill_text which, const char *name)
{
    size_t count = 0;
    struct drill_reason *reasons = drill_report_reasons(report, which, &count);
    json_t *json = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            json, json_pack("{s:s, s:I}", name, reasons[i].text, "count", (json_int_t)reasons[i].count));
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
    json_t *json =
        json_pack("{s:o, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:{s:I, s:I}, s:o, s:o}", "seed",
                  json_sprintf("%llu", (unsigned long long)plan->seed), "fault",
                  drill_fault_name(plan->fault), "recover", plan->recover, "recover_from", plan->recover_from,
                  "shim", plan->shim, "server", server, "load", plan->load, "oracle", plan->oracle, "sampled",
                  "steps", (json_int_t)report->pool->steps, "sites", (json_int_t)report->pool->count,
                  "healthy", healthy_json(&plan->healthy), "total", count_json(&total));
    json_t *more =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "recoveries", sums_json(report), "routines",
                  routines, "modules", modules, "reasons", texts_json(report, DRILL_TEXT_REASON, "reason"),
                  "locks", texts_json(report, DRILL_TEXT_LOCK, "lock"), "later",
                  texts_json(report, DRILL_TEXT_LATER, "reason"), "runs", runs);

    json_object_update(json, more);
    json_decref(more);
    return json;
}
