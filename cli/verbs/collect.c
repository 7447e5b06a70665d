/* SPDX-License-Identifier: MIT */
/* crumple collect: finish the crashes whose writer could not run. */
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verbs/collect_core.h"
#include "places/directory.h"
#include "screen/out.h"
#include "base/text.h"
#include "verbs/verbs.h"

struct settings {
    bool json, force;
    const char *writer, *sysroot;
};

static const struct options_row options[] = {
    {0, "json", NULL, "Print one JSON object per line, one for each core.", options_read_flag,
     offsetof(struct settings, json)},
    {'f', "force", NULL, "Also take cores younger than 30 s; their own writer may still be at work.",
     options_read_flag, offsetof(struct settings, force)},
    {0, "writer", "PATH",
     "Use this crumple-writer. Default: $CRUMPLE_WRITER, the one beside crumple, or the one on $PATH.",
     options_read_string, offsetof(struct settings, writer)},
    {0, "sysroot", "DIR",
     "Look for programs, libraries and debug files below DIR first: the root of the machine that crashed.",
     options_read_string, offsetof(struct settings, sysroot)},
    {0, NULL, NULL, NULL, NULL, 0},
};

/* The bundle that a core becomes. The caller frees it. */
static char *bundle_path(const char *core)
{
    size_t stem = strlen(core) - strlen(CRUMPLE_CORE_SUFFIX);
    char *path;

    return asprintf(&path, "%.*s%s", (int)stem, core, CRUMPLE_BUNDLE_SUFFIX) < 0 ? NULL : path;
}

static json_t *json_text(const char *s)
{
    char *valid = s && *s ? text_to_utf8(s) : NULL;
    json_t *value = valid ? json_string(valid) : json_null();

    free(valid);
    return value;
}

static void print_json(const char *core, const char *bundle, const struct collect_outcome *outcome)
{
    json_t *json = json_pack("{s:o, s:s, s:o, s:o}", "core", json_text(core), "result",
                             collect_result_name(outcome->result), "path",
                             json_text(outcome->result == COLLECT_FINISHED ? bundle : NULL), "reason",
                             json_text(outcome->reason));

    out_json(json, 0);
    json_decref(json);
}

/* A result goes to stdout, what needs attention to stderr. */
static void print_text(const char *core, const char *bundle, const struct collect_outcome *outcome)
{
    if (outcome->result == COLLECT_FINISHED) {
        text_put(stdout, bundle);
        putchar('\n');
    } else if (outcome->result == COLLECT_SKIPPED) {
        say("skipped '%s': %s", core, outcome->reason);
    } else {
        say("cannot finish '%s': %s; it was left in place", core, outcome->reason);
    }
}

/* Below base, where the core lies: 'NAME.core' or 'UID/NAME.core'. Everything is opened again, from base. */
static void collect_one(const struct custody_dir *base, const char *relative, const struct collect_job *all,
                        struct collect_outcome *ret_outcome)
{
    const char *slash = strchr(relative, '/');
    struct collect_job job = *all;
    struct custody_dir below = {.fd = -1};
    char reason[CUSTODY_REASON_BYTES], name[NAME_MAX + 1];

    *ret_outcome = (struct collect_outcome){.result = COLLECT_FAILED};
    job.dir = base;
    job.name = slash ? slash + 1 : relative;
    if (slash) {
        snprintf(name, sizeof name, "%.*s", (int)(slash - relative), relative);
        job.dir = &below;
        if (custody_open_below(base, name, &below, reason) < 0)
            snprintf(ret_outcome->reason, sizeof ret_outcome->reason, "the directory '%s' is not trusted: %s",
                     name, reason);
    }
    if (job.dir->fd >= 0)
        collect_core(&job, ret_outcome);
    custody_close(&below);
}

/* Prints what became of a core, and returns the verb's exit status for it. */
static int conclude(const char *core, const struct collect_outcome *outcome, bool json)
{
    char *bundle = bundle_path(core);

    if (json)
        print_json(core, bundle, outcome);
    else
        print_text(core, bundle, outcome);
    out_flush(); /* each may take a minute */
    free(bundle);
    return outcome->result == COLLECT_FAILED ? VERB_DAMAGED : VERB_OK;
}

/* The length of the path's directory part. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (size_t)(slash - path) : 0;
}

/* The later cores in the directory of list->entries[slow] wait for the second pass. The owner of that
 * directory can stop every writer there until its time is up, and the cores of other users must not wait for
 * that. */
static void put_off_beside(const struct find_list *list, size_t slow, unsigned char *passes)
{
    const char *path = list->entries[slow].path;
    size_t length = folder_length(path);

    for (size_t i = slow + 1; i < list->count; i++)
        if (folder_length(list->entries[i].path) == length &&
            strncmp(list->entries[i].path, path, length) == 0)
            passes[i] = 1;
}

static int collect_pass(const struct directory *directory, const struct custody_dir *base,
                        const struct find_list *list, struct collect_job *job, bool json, unsigned char pass,
                        unsigned char *passes)
{
    size_t prefix = strlen(directory->path);
    int status = VERB_OK;

    prefix += prefix > 0 && directory->path[prefix - 1] != '/';
    for (size_t i = 0; i < list->count; i++) {
        struct collect_outcome outcome;

        if (list->entries[i].kind != FIND_PENDING || passes[i] != pass)
            continue;
        job->path = list->entries[i].path;
        collect_one(base, job->path + prefix, job, &outcome);
        if (outcome.timed_out && pass == 0)
            put_off_beside(list, i, passes);
        if (conclude(job->path, &outcome, json) != VERB_OK)
            status = VERB_DAMAGED;
    }
    return status;
}

static int collect_all(const struct directory *directory, const struct custody_dir *base,
                       const struct find_list *list, struct collect_job *job, bool json)
{
    unsigned char *passes = calloc(list->count, 1);
    int status = VERB_OK;

    if (!passes) {
        say("out of memory; nothing was changed");
        return VERB_DAMAGED;
    }
    for (unsigned char pass = 0; pass < 2; pass++) {
        int error = collect_pass(directory, base, list, job, json, pass, passes);

        status = error == VERB_OK ? status : error;
    }
    free(passes);
    return status;
}

static size_t count_pending(const struct find_list *list)
{
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++)
        count += list->entries[i].kind == FIND_PENDING;
    return count;
}

/* No directory, and none was named: nothing is pending. */
static int scan(struct directory *directory, struct find_list *list)
{
    int error = find_scan(directory->path, directory_trouble, directory, list);

    if (error == -ENOENT && directory->implied)
        return VERB_OK;
    return error < 0 ? directory_failed(directory, error) : VERB_OK;
}

/* The writer, opened and judged; says what is wrong. Returns VERB_OK or the exit status. */
static int open_writer(const struct settings *settings, size_t pending, char **ret_path, int *ret_fd)
{
    char reason[CUSTODY_REASON_BYTES];

    if (collect_find_writer(settings->writer, ret_path) < 0) {
        say("cannot find crumple-writer%s%s; nothing was changed, %zu pending", *ret_path ? " at " : "",
            *ret_path ? *ret_path : "", pending);
        return VERB_DAMAGED;
    }
    *ret_fd = custody_open_program(*ret_path, reason);
    if (*ret_fd >= 0)
        return VERB_OK;
    say("will not run '%s': %s; nothing was changed, %zu pending", *ret_path, reason, pending);
    return VERB_DAMAGED;
}

/* The writer works in the cores' directory. No link is resolved: /proc/PID/root would become "/". To be freed. NULL: nothing
 * is there. */
static char *absolute(const char *path)
{
    char *here = path[0] == '/' ? strdup("") : getcwd(NULL, 0), *made = NULL;

    if (here && access(path, X_OK) == 0 && asprintf(&made, "%s%s%s", here, *here ? "/" : "", path) < 0)
        made = NULL;
    free(here);
    return made;
}

/* list has pending cores. */
static int finish_pending(const struct directory *directory, const struct find_list *list,
                          const struct settings *settings)
{
    struct custody_dir base;
    struct collect_job job = {.writer_fd = -1, .force = settings->force};
    char reason[CUSTODY_REASON_BYTES], *writer = NULL, *root = NULL;

    if (custody_open(directory->path, &base, reason) < 0) {
        say("will not collect in '%s': %s; nothing was changed, %zu pending", directory->path, reason,
            count_pending(list));
        return VERB_DAMAGED;
    }
    int status = open_writer(settings, count_pending(list), &writer, &job.writer_fd);
    if (status == VERB_OK && settings->sysroot && !(root = absolute(settings->sysroot))) {
        say("cannot read '%s': %s; nothing was changed", settings->sysroot, strerror(errno));
        status = VERB_USAGE;
    }
    if (status == VERB_OK) {
        job.sysroot = root;
        job.writer = writer;
        status = collect_all(directory, &base, list, &job, settings->json);
        close(job.writer_fd);
    }
    custody_close(&base);
    free(root);
    free(writer);
    return status;
}

static int run(const void *given, const struct options_operands *operands)
{
    const struct settings *settings = given;
    struct find_list list = {0};
    struct directory directory;
    int status = directory_choose(options_operand(operands, 0), &directory);

    if (status == VERB_OK)
        status = scan(&directory, &list);
    if (status == VERB_OK && count_pending(&list) > 0)
        status = finish_pending(&directory, &list, settings);
    if (status == VERB_OK && directory.trouble)
        status = VERB_DAMAGED;
    find_clear(&list);
    directory_clear(&directory);
    return status;
}

const struct verb verbs_collect_verb = {
    .name = "collect",
    .operands = "[DIR]",
    .summary = "finish pending crashes (their writer could not run)",
    .about =
        "Runs crumple-writer on every pending core (NAME.core) in the crash directory DIR and prints the path of each new bundle. "
        "A core that takes longer than 60 s is left in place, and the other cores of its directory come last. "
        "If root collects in another user's directory, the writer runs as that user, without any of root's rights. "
        "collect refuses a core whose owner differs from the owner of its directory, and a directory in which others can replace files.",
    .examples =
        (const struct verb_example[]){
            {"crumple collect", "finish all pending crashes in the crash directory"},
            {"crumple collect --json /mnt/crash", "for programs: the result for each core"},
            {NULL, NULL},
        },
    .options = options,
    .exits =
        (const struct verb_exit_text[]){
            {VERB_OK, "Every pending core was finished or is too young, or none was pending."},
            {VERB_USAGE, "Wrong usage."},
            {VERB_DAMAGED, "DIR is unreadable, the writer was not found, or a core could not be finished."},
            {0, NULL},
        },
    .settings_size = sizeof(struct settings),
    .operands_max = 1,
    .run = run,
};
