/* SPDX-License-Identifier: MIT */
/* The plan of a drill: see plan.h. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plan.h"
#include "program_preload.h"
#include "server.h"

#define JOBS_MAX 64
#define SECOND   INT64_C(1000000)
#define FAULTS   3 /* fewer than the breaker of a peer allows (CRUMPLE_BREAKER) */

int drill_plan_read_seed(const char *argument, void *ret)
{
    struct {
        uint64_t seed;
        bool has;
    } *value = ret;
    char *end;

    errno = 0;
    value->seed = strtoull(argument, &end, 0);
    value->has = true;
    return isdigit((unsigned char)*argument) && errno == 0 && *end == '\0' ? 0 : -EINVAL;
}

int drill_plan_read_fault(const char *argument, void *ret)
{
    for (int i = 0; i < DRILL_FAULTS; i++)
        if (strcmp(argument, drill_fault_name((enum drill_fault)i)) == 0) {
            *(enum drill_fault *)ret = (enum drill_fault)i;
            return 0;
        }
    return -EINVAL;
}

int drill_plan_read_duration(const char *argument, void *ret)
{
    static const struct {
        const char *name;
        int64_t us;
    } units[] = {{"ms", 1000}, {"s", SECOND}, {"m", 60 * SECOND}};
    char *end;

    if (!isdigit((unsigned char)*argument))
        return -EINVAL;
    errno = 0;
    long value = strtol(argument, &end, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (errno == 0 && strcmp(end, units[i].name) == 0 && value > 0 && value <= 600000) {
            *(int64_t *)ret = value * units[i].us;
            return 0;
        }
    return -EINVAL;
}

int drill_plan_read_positive(const char *argument, void *ret)
{
    size_t value;

    if (options_read_count(argument, &value) < 0 || value == 0)
        return -EINVAL;
    *(size_t *)ret = value;
    return 0;
}

__attribute__((format(printf, 3, 4))) static int refuse(char **ret_message, int error, const char *format,
                                                        ...)
{
    va_list args;

    va_start(args, format);
    if (vasprintf(ret_message, format, args) < 0)
        *ret_message = NULL;
    va_end(args);
    return error;
}

/* The shim that was named, or the one below this program's folder for the server's libc. */
static int find_shim(const char *wanted, const char *server, const char **ret_name, char **ret_path)
{
    struct program program;
    char path[PATH_MAX] = "";

    (void)program_find(server, getenv("PATH"), &program); /* its start says what is wrong */
    *ret_name = wanted ? wanted : program_preload_name(&program);
    if (!wanted && !program_preload_find(&program, path, sizeof path))
        return -ENOENT;
    *ret_path = realpath(wanted ? wanted : path, NULL);
    return *ret_path ? 0 : -errno;
}

/* Servers that give up root must reach what is below. */
static int make_dir(char **ret_dir)
{
    const char *tmp = getenv("TMPDIR");

    if (asprintf(ret_dir, "%s/crumple-drill.XXXXXX", tmp && *tmp ? tmp : "/tmp") < 0) {
        *ret_dir = NULL;
        return -ENOMEM;
    }
    if (!mkdtemp(*ret_dir)) {
        int error = -errno;

        free(*ret_dir);
        *ret_dir = NULL;
        return error;
    }
    return chmod(*ret_dir, 0711) < 0 ? -errno : 0;
}

static uint64_t any_seed(void)
{
    uint32_t seed = 0;

    (void)!getrandom(&seed, sizeof seed, 0);
    return seed;
}

/* The option, else the variable as the server would have it, else everything. */
static void choose_recover(const struct drill_settings *settings, struct drill_plan *plan)
{
    const char *inherited = getenv("CRUMPLE_RECOVER");

    if (settings->recover) {
        plan->recover = settings->recover;
        plan->recover_from = "--recover";
    } else if (inherited && *inherited) {
        plan->recover = inherited;
        plan->recover_from = "CRUMPLE_RECOVER";
    } else {
        plan->recover = "*=contain:wide";
        plan->recover_from = "the default";
    }
}

static void fill(const struct drill_settings *settings, const struct options_operands *operands,
                 struct drill_plan *plan)
{
    *plan = (struct drill_plan){
        .load = settings->load,
        .oracle = settings->oracle,
        .ready = settings->ready,
        .capacity = settings->capacity,
        .routine = settings->routine,
        .site = settings->site,
        .exclude = settings->exclude,
        .pool = settings->pool,
        .server = operands->rest,
        .server_count = operands->rest_count,
        .fault = settings->fault,
        .seed = settings->has_seed ? settings->seed : any_seed(),
        .runs = settings->runs ? settings->runs : 100,
        .jobs = settings->jobs ? settings->jobs : 1,
        .faults = settings->fault == DRILL_FLIP ? 1
                  : settings->faults            ? settings->faults
                                                : FAULTS,
        .oracle_us = settings->oracle_us ? settings->oracle_us : 5 * SECOND,
        .start_us = settings->start_us ? settings->start_us : 10 * SECOND,
        .sample_us = settings->sample_us ? settings->sample_us : 10 * SECOND,
        .verbose = settings->verbose,
        .first_fatal = settings->first_fatal,
    };
    choose_recover(settings, plan);
}

/* Whether two servers at a time can differ in their port. */
static bool has_port(const struct drill_plan *plan)
{
    for (size_t i = 0; i < plan->server_count; i++)
        if (strstr(plan->server[i], "%p"))
            return true;
    return false;
}

int drill_plan_make(const struct drill_settings *settings, const struct options_operands *operands,
                    struct drill_plan *plan, char **ret_message)
{
    fill(settings, operands, plan);
    if (operands->rest_count == 0)
        return refuse(ret_message, -EINVAL, "no server: give its command after '--'");
    if (!plan->load || !plan->oracle)
        return refuse(ret_message, -EINVAL, "--%s is missing", plan->load ? "oracle" : "load");
    if (plan->site && !strchr(plan->site, '+'))
        return refuse(ret_message, -EINVAL, "'%s' is not a site: MODULE+OFFSET", plan->site);
    if (plan->jobs > JOBS_MAX)
        return refuse(ret_message, -EINVAL, "at most %d jobs", JOBS_MAX);
    if (plan->jobs > 1 && !has_port(plan))
        return refuse(ret_message, -EINVAL, "more than one job needs %%p in the server's arguments");
    const char *name;
    int error = find_shim(settings->shim, operands->rest[0], &name, &plan->shim);
    if (error < 0)
        return refuse(ret_message, error, "cannot find %s: %s", name, strerror(-error));
    error = make_dir(&plan->dir);
    if (error < 0)
        return refuse(ret_message, error, "cannot make a temporary directory: %s", strerror(-error));
    return 0;
}

void drill_plan_clear(struct drill_plan *plan, bool keep)
{
    if (plan->dir && !keep)
        drill_server_remove(plan->dir);
    free(plan->dir);
    free(plan->shim);
    plan->dir = plan->shim = NULL;
}
