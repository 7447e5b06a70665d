/* SPDX-License-Identifier: MIT */
/* A drill from its command line to its result. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/children.h"
#include "healthy.h"
#include "jobs.h"
#include "plan.h"
#include "report.h"
#include "sample.h"
#include "screen/out.h"
#include "verb.h"

static const struct options_row options[] = {
    {0, "load", "CMD", "Run CMD as the load (required).", options_read_string,
     offsetof(struct drill_settings, load)},
    {0, "oracle", "CMD", "Run CMD after each fault: 0 sound, 1 corrupt, else no answer (required).",
     options_read_string, offsetof(struct drill_settings, oracle)},
    {0, "ready", "CMD", "Begin when CMD succeeds. Default: when the server listens.", options_read_string,
     offsetof(struct drill_settings, ready)},
    {0, "recover", "RULES",
     "The server's CRUMPLE_RECOVER. Default: that of the environment, or *=contain:wide.",
     options_read_string, offsetof(struct drill_settings, recover)},
    {0, "fault", "KIND:nil|wild|ill|fpe|flip", "Inject nil, wild, ill, fpe or flip (nil).",
     drill_plan_read_fault, offsetof(struct drill_settings, fault)},
    {'n', "runs", "N", "End after N activated sites (100).", drill_plan_read_positive,
     offsetof(struct drill_settings, runs)},
    {0, "faults", "N", "Inject up to N faults into one server, while each is contained (3).",
     drill_plan_read_positive, offsetof(struct drill_settings, faults)},
    {0, "capacity", "CMD",
     "CMD prints how many clients the server serves at a time; fewer than at first is a leak.",
     options_read_string, offsetof(struct drill_settings, capacity)},
    {'j', "jobs", "N", "Run N servers at a time (1); more than one needs %p.", drill_plan_read_positive,
     offsetof(struct drill_settings, jobs)},
    {0, "seed", "N", "Draw sites with this seed. Default: random, and printed.", drill_plan_read_seed,
     offsetof(struct drill_settings, seed)},
    {0, "sites", "FILE", "Take the pool of sites from FILE, or write it if FILE does not exist.",
     options_read_string, offsetof(struct drill_settings, pool)},
    {0, "routine", "GLOB", "Use only threads whose start routine matches GLOB.", options_read_string,
     offsetof(struct drill_settings, routine)},
    {0, "site", "SITE", "Use only this site, MODULE+OFFSET, in every run.", options_read_string,
     offsetof(struct drill_settings, site)},
    {0, "exclude", "GLOB", "Use no sites in modules whose file name matches GLOB.", options_read_string,
     offsetof(struct drill_settings, exclude)},
    {0, "oracle-timeout", "TIME", "Time limit of the oracle (5s); a slower one counts as no answer.",
     drill_plan_read_duration, offsetof(struct drill_settings, oracle_us)},
    {0, "start-timeout", "TIME", "Time limit of the server's start (10s).", drill_plan_read_duration,
     offsetof(struct drill_settings, start_us)},
    {0, "sample-time", "TIME", "Time limit of watching the server (10s).", drill_plan_read_duration,
     offsetof(struct drill_settings, sample_us)},
    {0, "shim", "PATH", "Use this libcrumple.so (that of SERVER's libc, beside crumple).",
     options_read_string, offsetof(struct drill_settings, shim)},
    {0, "first-fatal", NULL, "Stop at the first run that is unclean.", options_read_flag,
     offsetof(struct drill_settings, first_fatal)},
    {0, "json", NULL, "Print the result as one JSON object.", options_read_flag,
     offsetof(struct drill_settings, json)},
    {'o', "output", "FILE", "Also write the JSON to FILE.", options_read_string,
     offsetof(struct drill_settings, output)},
    {'v', "verbose", NULL, "Report each run on stderr.", options_read_flag,
     offsetof(struct drill_settings, verbose)},
    OPTIONS_COLOR_ROW(struct drill_settings, color),
    {0, NULL, NULL, NULL, NULL, 0},
};

/* From the file, if one was named and it exists. */
static int read_pool(const struct drill_plan *plan, struct drill_pool **ret_pool)
{
    int error = plan->pool ? drill_pool_load(plan->pool, ret_pool) : -ENOENT;

    if (error < 0 && error != -ENOENT)
        say("cannot read '%s': %s", plan->pool,
            error == -EBADMSG ? "it is not a pool of sites" : strerror(-error));
    if (error < 0)
        return error == -ENOENT ? 0 : error;
    drill_pool_limit(*ret_pool, plan->routine, plan->site, plan->exclude);
    const char *stale = drill_pool_stale(*ret_pool);
    if (stale)
        say("cannot use '%s': '%s' has changed since; remove the file, or exclude the module", plan->pool,
            stale);
    return stale ? -ESTALE : 0;
}

/* By watching the server; then a file that was named is written. */
static int sample_pool(const struct drill_plan *plan, struct drill_pool **ret_pool)
{
    char message[DRILL_MESSAGE_BYTES];
    int error = drill_sample(plan, ret_pool, message);

    if (error < 0) {
        say("cannot find sites: %s", message);
        return error;
    }
    error = plan->pool ? drill_pool_save(*ret_pool, plan->pool) : 0;
    if (error < 0)
        say("cannot write '%s': %s", plan->pool, strerror(-error));
    drill_pool_limit(*ret_pool, plan->routine, plan->site, plan->exclude);
    return error;
}

/* A server without a fault first: what does not work there is said before anything is injected. */
static int prepare(struct drill_plan *plan, struct drill_pool **ret_pool)
{
    char message[DRILL_MESSAGE_BYTES];
    int error = read_pool(plan, ret_pool);

    if (error < 0)
        return error;
    error = drill_healthy_measure(plan, *ret_pool, &plan->healthy, message);
    if (error < 0) {
        say("%s", message);
        return error;
    }
    if (plan->healthy.stop_us < 0)
        say("the server does not end on SIGTERM, though nothing was injected: the drill does not ask it to stop");
    return *ret_pool ? 0 : sample_pool(plan, ret_pool);
}

/* So many sites in a row that no thread reaches are no chance: the pool, the load or the server is not what it was. */
#define IDLE_MAX 25

/* A result, as the workers bring it. */
static bool take_result(const struct drill_result *result, void *context)
{
    struct drill_report *report = context;

    if (drill_report_add(report, result) < 0)
        return false;
    if (report->plan->verbose)
        drill_report_say(report, result);
    report->idle = drill_is_activated(result->outcome) ? 0 : report->idle + 1;
    if (report->idle == IDLE_MAX) {
        say("stopped: %d sites in a row could not be activated; the last: %s", IDLE_MAX, result->detail);
        return false;
    }
    return !report->plan->first_fatal || !drill_is_fatal(result->outcome);
}

/* Show what there is. Returns the exit status. */
static int conclude(const struct drill_report *report, const struct drill_settings *settings)
{
    struct drill_count total = drill_report_count(report, DRILL_ANY, DRILL_ANY);
    struct out_colors colors = out_colors(settings->color);
    json_t *json = drill_report_json(report);
    int status = VERB_OK;

    for (size_t i = 0; i < DRILL_OUTCOMES; i++)
        if (drill_is_fatal(i) && total.outcomes[i] > 0)
            status = VERB_NOTHING;
    if (settings->output && json_dump_file(json, settings->output, JSON_INDENT(2) | JSON_ENSURE_ASCII) < 0) {
        say("cannot write '%s'", settings->output);
        status = VERB_DAMAGED;
    }
    if (settings->json)
        out_json(json, 2);
    else
        drill_report_print(report, &colors);
    json_decref(json);
    if (total.activated == 0) {
        say("no fault was activated%s%s", report->count > 0 ? "; the last run: " : "",
            report->count > 0 ? report->results[report->count - 1].detail : "");
        status = VERB_DAMAGED;
    }
    return status;
}

static int drill(const struct drill_plan *plan, struct drill_pool *pool,
                 const struct drill_settings *settings, bool *ret_keep)
{
    struct drill_report report = {.plan = plan, .pool = pool};

    drill_pool_order(pool, plan->seed);
    if (pool->count == 0) {
        say("no thread executed such a site");
        return VERB_DAMAGED;
    }
    int error = drill_jobs(plan, pool, plan->site != NULL, take_result, &report);
    if (error < 0)
        say("%s; the results so far follow",
            error == -EINTR ? "interrupted" : "a worker has ended unexpectedly");
    int status = conclude(&report, settings);
    for (size_t i = 0; i < report.count; i++)
        *ret_keep |= report.results[i].evidence[0] != '\0';
    bool is_idle = report.idle >= IDLE_MAX;
    drill_report_clear(&report);
    return error < 0 || is_idle ? VERB_DAMAGED : status;
}

static int run(const void *given, const struct options_operands *operands)
{
    const struct drill_settings *settings = given;
    struct drill_pool *pool = NULL;
    struct drill_plan plan;
    char *message = NULL;
    bool keep = false;
    int status = VERB_DAMAGED, error = drill_plan_make(settings, operands, &plan, &message);

    if (error < 0) {
        say("%s%s", message ? message : "out of memory",
            error == -EINVAL ? "; see 'crumple drill --help'" : "");
        free(message);
        drill_plan_clear(&plan, false);
        return error == -EINVAL ? VERB_USAGE : VERB_DAMAGED;
    }
    drill_children_note_interrupts();
    say("seed %llu; policy %s (%s)", (unsigned long long)plan.seed, plan.recover, plan.recover_from);
    error = prepare(&plan, &pool);
    if (error == 0)
        status = drill(&plan, pool, settings, &keep);
    keep |= error == -ECONNABORTED; /* the server died while it was watched */
    drill_pool_free(pool);
    drill_plan_clear(&plan, keep);
    return status;
}

const struct verb drill_verb = {
    .name = "drill",
    .operands = "-- SERVER [ARGUMENT]...",
    .about =
        "Starts SERVER under libcrumple.so with a load and watches which instructions its threads execute. "
        "Then draws some of these instructions; for each one it starts SERVER again, makes the instruction fault, and asks the oracle. "
        "drill uses ptrace and is a tool for a developer's machine. "
        "sh runs the commands; in them and in ARGUMENTs %p is a free port, and %% is %. "
        "The load runs until SIGTERM or ends by itself; it must exit non-zero if a connection got neither a reply nor a close. "
        "A server that lived through its faults gets SIGTERM at the end. "
        "docs/drill.md explains the numbers.",
    .examples =
        (const struct verb_example[]){
            {"crumple drill -n 50 -j 2 --load 'load -p %p' --oracle 'check -p %p' -- ./server -p %p",
             "50 faults, two servers at a time"},
            {"crumple drill --fault flip --load CMD --oracle CMD -- ./server",
             "flip one bit of a register instead"},
            {"crumple drill --site libc.so.6+0x9b2d0 -n 3 --load CMD --oracle CMD -- ./server",
             "one site, three times"},
            {NULL, NULL},
        },
    .options = options,
    .exits =
        (const struct verb_exit_text[]){
            {VERB_OK, "Every fault was contained, or ended the server with a report."},
            {VERB_NOTHING, "A server was wedged or corrupt, died unreported, did not stop, or leaked slots."},
            {VERB_USAGE, "Wrong usage."},
            {VERB_DAMAGED, "The drill could not run, or did not finish."},
            {0, NULL},
        },
    .settings_size = sizeof(struct drill_settings),
    .takes_rest = true,
    .run = run,
};
