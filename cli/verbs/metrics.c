/* SPDX-License-Identifier: MIT */
/* crumple metrics: what the users' crumple.prom say, for Prometheus, without trusting their owners. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crumple_format.h"
#include "read/custody.h"
#include "places/directory.h"
#include "read/exposition.h"
#include "screen/out.h"
#include "verbs/verbs.h"

#define BYTES_MAX (1u << 20) /* of one crumple.prom; the labels in it are limited */

struct settings {
    char unused;
};

struct gathering {
    struct exposition all;
    bool trouble; /* a part could not be read, which has been said */
    char text[BYTES_MAX];
};

/* Returns how many bytes there are, or -EFBIG, or a negative errno. */
static ssize_t read_whole(int fd, char *text, size_t room)
{
    size_t len = 0;

    for (;;) {
        ssize_t n = read(fd, text + len, room - len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : (ssize_t)len;
        len += (size_t)n;
        if (len == room)
            return -EFBIG;
    }
}

static void complain(struct gathering *gathering, const char *path, const char *reason)
{
    say("cannot read '%s/%s': %s; its samples are left out", path, CRUMPLE_METRICS_NAME, reason);
    gathering->trouble = true;
}

/* The file of one directory, which may have none. */
static int add_file(struct gathering *gathering, const struct custody_dir *dir, const char *path)
{
    char reason[CUSTODY_REASON_BYTES];
    size_t left_out = 0;
    int fd = custody_open_file(dir, CRUMPLE_METRICS_NAME, reason), error = 0;

    if (fd == -ENOENT)
        return 0;
    if (fd < 0) {
        complain(gathering, path, reason);
        return 0;
    }
    ssize_t len = read_whole(fd, gathering->text, sizeof gathering->text);
    close(fd);
    if (len < 0)
        complain(gathering, path, len == -EFBIG ? "it is larger than 1 MiB" : strerror((int)-len));
    else
        error = exposition_add(&gathering->all, gathering->text, (size_t)len, dir->uid, &left_out);
    if (left_out > 0) {
        say("'%s/%s': %zu lines are not samples of user %u; they are left out", path, CRUMPLE_METRICS_NAME,
            left_out, (unsigned)dir->uid);
        gathering->trouble = true;
    }
    return error;
}

/* Directories of users are named by their numbers. Else a user with many directories would fill memory. */
static bool is_named_by_owner(const char *name, const struct custody_dir *dir, char *ret_reason)
{
    char wanted[16];

    snprintf(wanted, sizeof wanted, "%u", (unsigned)dir->uid);
    if (strcmp(name, wanted) == 0)
        return true;
    snprintf(ret_reason, CUSTODY_REASON_BYTES,
             "the directory belongs to user %s, and its name is another number", wanted);
    return false;
}

/* list->dirs[i], which is the base or a directory in it. */
static int add_directory(struct gathering *gathering, const struct custody_dir *base, const char *path,
                         bool is_base)
{
    char reason[CUSTODY_REASON_BYTES];
    const char *slash = strrchr(path, '/');
    struct custody_dir below;
    int error;

    if (is_base)
        return add_file(gathering, base, path);
    if (custody_open_below(base, slash + 1, &below, reason) < 0) {
        complain(gathering, path, reason);
        return 0;
    }
    if (is_named_by_owner(slash + 1, &below, reason)) {
        error = add_file(gathering, &below, path);
    } else {
        complain(gathering, path, reason);
        error = 0;
    }
    custody_close(&below);
    return error;
}

static int gather(struct directory *directory, struct gathering *gathering)
{
    char reason[CUSTODY_REASON_BYTES];
    struct find_list list = {0};
    struct custody_dir base;

    if (custody_open(directory->path, &base, reason) < 0) {
        say("will not read '%s': %s; nothing was read", directory->path, reason);
        return VERB_DAMAGED;
    }
    int error = find_scan(directory->path, directory_trouble, directory, &list);
    for (size_t i = 0; error == 0 && i < list.dir_count; i++)
        error = add_directory(gathering, &base, list.dirs[i], i == 0);
    find_clear(&list);
    custody_close(&base);
    if (error < 0)
        return directory_failed(directory, error);
    return directory->trouble || gathering->trouble ? VERB_DAMAGED : VERB_OK;
}

static int run(const void *settings, const struct options_operands *operands)
{
    struct gathering *gathering = calloc(1, sizeof *gathering);
    struct directory directory;
    int status = directory_choose(options_operand(operands, 0), &directory);

    (void)settings;
    if (status == VERB_OK && !gathering) {
        say("out of memory");
        status = VERB_DAMAGED;
    } else if (status == VERB_OK) {
        status = gather(&directory, gathering);
        exposition_print(&gathering->all, stdout);
        if (status == VERB_OK && gathering->all.count == 0)
            status = VERB_NOTHING;
        exposition_clear(&gathering->all);
    }
    free(gathering);
    directory_clear(&directory);
    return status;
}

static const struct options_row options[] = {{0, NULL, NULL, NULL, NULL, 0}};

const struct verb verbs_metrics_verb = {
    .name = "metrics",
    .operands = "[DIR]",
    .summary = "print the counters of all users, for Prometheus",
    .about =
        "Prints the samples of crumple.prom in the crash directory DIR and in the per-user directories below it. "
        "DIR may belong to other users: links, pipes and files with a foreign owner are not read, and a user's file counts for that user only. "
        "Anything left out is reported on stderr.",
    .examples =
        (const struct verb_example[]){
            {"crumple metrics", "the counters of this machine"},
            {"crumple metrics /var/crash/crumple >crumple.prom", "for node_exporter, see docs/metrics.md"},
            {NULL, NULL},
        },
    .options = options,
    .exits =
        (const struct verb_exit_text[]){
            {VERB_OK, "All samples were printed."},
            {VERB_NOTHING, "There are no samples yet."},
            {VERB_USAGE, "Wrong usage."},
            {VERB_DAMAGED, "Some samples were left out, or DIR is unreadable; the valid ones were printed."},
            {0, NULL},
        },
    .settings_size = sizeof(struct settings),
    .operands_max = 1,
    .run = run,
};
