/* SPDX-License-Identifier: MIT */
/* The verbs' common ground: see places/directory.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/confine.h"
#include "read/build_id.h"
#include "rows/index.h"
#include "read/elsewhere.h"
#include "rows/lines.h"
#include "places/directory.h"
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
        if (error == 0)
            ret_directory->elsewhere = elsewhere_find(ret_directory->path);
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
    free(directory->elsewhere);
    directory->path = directory->elsewhere = NULL;
}

void directory_trouble(const char *what, int error, void *context)
{
    struct directory *directory = context;

    directory->trouble = true;
    if (error == EFBIG) { /* of lines only: see lines_read */
        say("'%s' has more than %d MiB or %d lines; it is left out", what, LINES_MIB_MAX, LINES_MAX);
        return;
    }
    say("cannot read '%s': %s; its contents are left out", what,
        error == EINVAL ? "not a plain file" : strerror(error)); /* a link, a pipe: see find_open_regular */
}

void directory_say_elsewhere(const struct directory *directory)
{
    if (directory->elsewhere)
        say("there are bundles in '%s': 'crumple %s' lists them", directory->elsewhere, directory->elsewhere);
}

int directory_failed(const struct directory *directory, int error)
{
    if (error == -ENOMEM) {
        say("out of memory");
        return VERB_DAMAGED;
    }
    if (error == -ENOENT && directory->implied) {
        say("no crash directory '%s': no crash has been captured yet", directory->path);
        directory_say_elsewhere(directory);
        return VERB_NOTHING;
    }
    say("cannot read '%s': %s; nothing was read", directory->path, strerror(-error));
    directory_say_elsewhere(directory);
    return VERB_DAMAGED;
}

/* Whether reading the directory other also reads place: it is the same one, a user's directory in it, or a file in one of
 * these. Both are canonical. */
static bool is_within(const char *place, const char *other)
{
    const size_t length = strcmp(other, "/") == 0 ? 0 : strlen(other);

    if (strcmp(place, other) == 0)
        return true;
    if (strncmp(place, other, length) != 0 || place[length] != '/')
        return false;
    const char *name = place + length + 1, *slash = strchr(name, '/');
    const bool is_users = name[strspn(name, "0123456789")] == (slash ? '/' : '\0') && name[0] != '/';
    struct stat st;
    if (slash ? !is_users || strchr(slash + 1, '/') : is_users)
        return !slash;
    return stat(place, &st) == 0 && S_ISREG(st.st_mode);
}

/* Each event counts once: a place that another one covers is left out. */
static void leave_out_covered(struct directories *directories)
{
    char *real[CONFINE_PATHS_MAX] = {NULL};
    size_t kept = 0;

    for (size_t i = 0; i < directories->count && i < CONFINE_PATHS_MAX; i++)
        real[i] = realpath(directories->items[i].path, NULL);
    for (size_t i = 0; i < directories->count; i++) {
        bool is_covered = false;
        for (size_t k = 0;
             i < CONFINE_PATHS_MAX && k < directories->count && k < CONFINE_PATHS_MAX && !is_covered; k++)
            is_covered = k != i && real[i] && real[k] && is_within(real[i], real[k]) &&
                         (k < i || strcmp(real[i], real[k]) != 0);
        if (is_covered)
            directory_clear(&directories->items[i]);
        else
            directories->items[kept++] = directories->items[i];
    }
    for (size_t i = 0; i < directories->count && i < CONFINE_PATHS_MAX; i++)
        free(real[i]);
    directories->count = kept;
}

int directories_choose(const struct options_operands *operands, struct directories *ret_directories)
{
    const size_t count = operands->count ? operands->count : 1;
    int status = VERB_OK;

    *ret_directories = (struct directories){.items = calloc(count, sizeof *ret_directories->items)};
    if (!ret_directories->items) {
        say("out of memory");
        return VERB_DAMAGED;
    }
    ret_directories->count = count;
    for (size_t i = 0; i < count && status == VERB_OK; i++)
        status = directory_choose(options_operand(operands, i), &ret_directories->items[i]);
    if (status == VERB_OK && count > 1)
        leave_out_covered(ret_directories);
    return status;
}

void directories_clear(struct directories *directories)
{
    for (size_t i = 0; i < directories->count; i++)
        directory_clear(&directories->items[i]);
    free(directories->items);
    *directories = (struct directories){0};
}

static int read_rows(struct directory *directory, const struct rows_filter *filter, struct row_index *index,
                     struct rows *rows)
{
    const struct rows before = *rows;
    int error = rows_read(directory->path, filter, index, directory_trouble, directory, rows);

    directory->pending = rows->pending - before.pending;
    directory->counted = rows->counted - before.counted;
    directory->bad = rows->bad - before.bad;
    directory->skipped = rows->skipped - before.skipped;
    directory->left_out = rows->left_out - before.left_out;
    return error < 0 ? directory_failed(directory, error) : VERB_OK;
}

/* Before the sandbox: they lie elsewhere. */
static void open_indexes(const char *const *paths, size_t count, struct row_index **ret_indexes)
{
    char build[ELF_ID_BYTES];
    const char *stamp = elf_id_read("/proc/self/exe", build) == 0 ? build : NULL;

    for (size_t i = 0; i < count; i++)
        ret_indexes[i] = row_index_open(paths[i], stamp);
}

int directories_rows(struct directories *directories, const struct rows_filter *filter, struct rows *rows)
{
    const char *paths[CONFINE_PATHS_MAX + SOURCES_PATHS_MAX];
    struct row_index *indexes[CONFINE_PATHS_MAX] = {NULL};
    const bool is_all = !filter->since_us && !filter->until_us && !filter->most;
    int status = VERB_OK;

    for (size_t i = 0; i < directories->count && i < CONFINE_PATHS_MAX; i++)
        paths[i] = directories->items[i].path;
    if (!filter->no_index)
        open_indexes(paths, directories->count, indexes);
    size_t count = directories->count < CONFINE_PATHS_MAX ? directories->count : CONFINE_PATHS_MAX;
    if (directories->sources)
        count += sources_paths(directories->sources, paths + count);
    if (directories->modules)
        confine_to_showing(true, NULL, paths, count);
    else
        confine_to_reading(paths, count);
    for (size_t i = 0; i < directories->count; i++) {
        status = read_rows(&directories->items[i], filter, indexes[i], rows);
        row_index_close(indexes[i], is_all && status == VERB_OK);
        directories->items[i].trouble |= status != VERB_OK;
    }
    directories->where = filter->since_us || filter->until_us ? NULL : &filter->where;
    directories->keys_seen = rows->keys_seen;
    return directories->count == 1 ? status : VERB_OK;
}

static int conclude(const struct directory *directory)
{
    if (directory->pending > 0)
        say("%zu pending; finish with 'crumple collect %s'", directory->pending, directory->path);
    if (directory->bad > 0)
        say("%zu damaged or unreadable; 'crumple list --json %s' says why", directory->bad, directory->path);
    if (directory->skipped > 0)
        say("%zu line%s of other programs in '%s' %s: no JSON object with a 'title' and a 'time' (RFC 3339, or a number)",
            directory->skipped, directory->skipped == 1 ? "" : "s", directory->path,
            directory->skipped == 1 ? "is no event" : "are no events");
    return directory->bad > 0 || directory->trouble ? VERB_DAMAGED : VERB_OK;
}

/* A tag of --where that no event has may be a typing error. */
static void say_unknown_keys(const struct directories *directories)
{
    const struct where *where = directories->where;

    for (size_t i = 0; where && i < where->count; i++)
        if (where->conditions[i].key.tag[0] && !(directories->keys_seen & 1u << i))
            say("no event has a tag '%s'", where->conditions[i].key.tag);
}

/* Nothing is shown: where it was looked for, and why it may be so. What went wrong or waits has been said. */
static void say_nothing(const struct directories *directories)
{
    const struct directory *first = &directories->items[0];
    char more[48] = "";
    size_t left_out = 0;

    for (size_t i = 0; i < directories->count; i++) {
        const struct directory *one = &directories->items[i];

        if (one->trouble || one->bad || one->pending || one->counted)
            return;
        left_out += one->left_out;
    }
    if (directories->count > 1)
        snprintf(more, sizeof more, " and %zu more", directories->count - 1);
    if (left_out > 0)
        say("nothing matches: the options leave out all %zu event%s in '%s'%s", left_out,
            left_out == 1 ? "" : "s", first->path, more);
    if (left_out > 0)
        say_unknown_keys(directories);
    else
        say("no event in '%s'%s; 'crumple doctor --pid PID' says whether a server's crashes go there",
            first->path, more);
    directory_say_elsewhere(first);
}

int directories_conclude(const struct directories *directories, size_t shown)
{
    int status = shown > 0 ? VERB_OK : VERB_NOTHING;

    if (shown == 0)
        say_nothing(directories);
    for (size_t i = 0; i < directories->count; i++) {
        int of_one = conclude(&directories->items[i]);
        status = of_one == VERB_OK ? status : of_one;
    }
    return status;
}
