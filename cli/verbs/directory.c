/* SPDX-License-Identifier: MIT */
/* The verbs' common ground: see verbs/directory.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/confine.h"
#include "read/counted.h"
#include "verbs/directory.h"
#include "screen/out.h"
#include "screen/verb.h"

int directory_choose(const char *path, struct directory *ret_directory)
{
    int error;

    *ret_directory = (struct directory){0};
    if (path) {
        ret_directory->path = strdup(path);
        error = ret_directory->path ? 0 : -ENOMEM;
    } else {
        error = find_default_dir(&ret_directory->path, &ret_directory->implied);
    }
    if (error == 0)
        return VERB_OK;
    if (error == -EPERM)
        say("skipping '%s': owned by another user; name it on the command line to read it",
            ret_directory->path);
    else
        say("out of memory");
    return VERB_DAMAGED;
}

void directory_clear(struct directory *directory)
{
    free(directory->path);
    directory->path = NULL;
}

void directory_trouble(const char *what, int error, void *context)
{
    struct directory *directory = context;

    directory->trouble = true;
    if (error == EFBIG) { /* of a log only: see counted_read */
        say("'%s' has more than %d MiB or %d lines; its counts are left out", what, COUNTED_MIB_MAX,
            COUNTED_LINES_MAX);
        return;
    }
    say("cannot read '%s': %s; its contents are left out", what, strerror(error));
}

int directory_failed(const struct directory *directory, int error)
{
    if (error == -ENOMEM) {
        say("out of memory");
        return VERB_DAMAGED;
    }
    if (error == -ENOENT && directory->implied) {
        say("no crash directory '%s': no crash has been captured yet", directory->path);
        return VERB_NOTHING;
    }
    say("cannot read '%s': %s; nothing was read", directory->path, strerror(-error));
    return VERB_DAMAGED;
}

int directory_rows(struct directory *directory, const struct rows_filter *filter, struct rows *rows)
{
    confine_to_reading(directory->path);
    int error = rows_read(directory->path, filter, directory_trouble, directory, rows);

    return error < 0 ? directory_failed(directory, error) : VERB_OK;
}

int directory_conclude(const struct directory *directory, const struct rows *rows, size_t shown)
{
    if (rows->pending > 0)
        say("%zu pending; finish with 'crumple collect %s'", rows->pending, directory->path);
    if (rows->bad > 0)
        say("%zu damaged or unreadable; 'crumple list --json %s' says why", rows->bad, directory->path);
    if (rows->bad > 0 || directory->trouble)
        return VERB_DAMAGED;
    return shown > 0 ? VERB_OK : VERB_NOTHING;
}
