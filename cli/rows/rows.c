/* SPDX-License-Identifier: MIT */
/* Reading rows: see rows/rows.h. */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rows/counted.h"
#include "rows/foreign.h"
#include "rows/index.h"
#include "read/report.h"
#include "rows/row_of_file.h"
#include "rows/rows.h"

static bool is_time_wanted(int64_t time_us, const struct rows_filter *filter)
{
    return (!filter->since_us || time_us >= filter->since_us) &&
           (!filter->until_us || time_us <= filter->until_us);
}

static bool is_exe_wanted(const char *exe, const char *glob)
{
    const char *slash = exe ? strrchr(exe, '/') : NULL;

    return !glob || (exe && (fnmatch(glob, exe, 0) == 0 || (slash && fnmatch(glob, slash + 1, 0) == 0)));
}

/* A bundle that cannot be read may be one that is wanted: it is kept, unless only a signature was asked for.
 */
static bool is_wanted(const struct rows_row *row, const struct rows_filter *filter)
{
    const char *signature = report_string(row->json, "signature");
    const char *event = report_string(row->json, "event");

    return is_time_wanted(row->time_us, filter) &&
           is_exe_wanted(report_string(row->json, "exe"), filter->exe) &&
           (!filter->signature || (signature && strstr(signature, filter->signature))) &&
           (!filter->event || (event && strcmp(event, filter->event) == 0)) &&
           where_holds(&filter->where, row->json);
}

bool rows_filter_picks(const struct rows_filter *filter)
{
    return filter->since_us || filter->until_us || filter->signature || filter->exe || filter->event ||
           filter->where.count > 0;
}

static int add_row(struct rows *rows, const struct rows_row *row)
{
    if (rows->count == rows->room) {
        size_t room = rows->room ? rows->room * 2 : 64;
        struct rows_row *grown = reallocarray(rows->rows, room, sizeof *grown);

        if (!grown)
            return -ENOMEM;
        rows->rows = grown;
        rows->room = room;
    }
    rows->rows[rows->count++] = *row;
    return 0;
}

static int compare_rows(const void *a, const void *b)
{
    const struct rows_row *x = a, *y = b;
    const char *x_path = report_string(x->json, "path"), *y_path = report_string(y->json, "path");

    if (x->time_us != y->time_us)
        return x->time_us < y->time_us ? -1 : 1;
    return strcmp(x_path ? x_path : "", y_path ? y_path : "");
}

/* What consider and the takers of counted and foreign events need to tell. */
struct consideration {
    const struct rows_filter *filter;
    struct rows *rows;
    struct row_index *index; /* or NULL */
    const char *path;        /* of the directory */
};

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static int read_row(const struct find_entry *entry, const struct consideration *to, struct rows_row *ret_row)
{
    struct stat before, after;
    const char *name = entry->path + strlen(to->path);

    if (!to->index || entry->kind != FIND_BUNDLE || stat(entry->path, &before) < 0)
        return row_of_file(entry, ret_row);
    name += strspn(name, "/");
    /* what may not be opened is unreadable, whatever is known of it */
    if (faccessat(AT_FDCWD, entry->path, R_OK, AT_EACCESS) == 0 &&
        row_index_get(to->index, name, &before, ret_row))
        return row_of_file_place(entry, ret_row->json);
    int error = row_of_file(entry, ret_row);
    if (error == 0 && stat(entry->path, &after) == 0 && is_same(&before, &after))
        row_index_put(to->index, name, &before, ret_row);
    return error;
}

static void leave_out(const struct consideration *to, const json_t *json)
{
    to->rows->left_out++;
    to->rows->keys_seen |= where_keys_of(&to->filter->where, json);
}

/* Writers finish cores and delete old bundles meanwhile. A link that leads nowhere is still there. */
static bool is_gone(const char *path)
{
    struct stat status;

    return lstat(path, &status) < 0 && errno == ENOENT;
}

static int consider(const struct find_entry *entry, const struct consideration *to)
{
    struct rows_row row = {0};

    if (json_object_get(to->filter->known, entry->path))
        return 0;
    /* names tell the time: most files that are not wanted need not be opened */
    if (!is_time_wanted(entry->time_us, to->filter)) {
        to->rows->left_out++;
        return 0;
    }
    int error = read_row(entry, to, &row);
    if (error < 0)
        return error;
    if ((row.state == ROWS_UNREADABLE || row.state == ROWS_PENDING) && is_gone(entry->path)) {
        json_decref(row.json);
        return 0;
    }
    row.count = 1;
    to->rows->pending += row.state == ROWS_PENDING;
    to->rows->bad += row.state == ROWS_DAMAGED || row.state == ROWS_UNREADABLE;
    const bool wanted = is_wanted(&row, to->filter);
    if (wanted && !to->rows->take)
        return add_row(to->rows, &row);
    error = wanted ? to->rows->take(&row, to->rows->context) : 0;
    if (!wanted)
        leave_out(to, row.json);
    json_decref(row.json);
    return error;
}

static int consider_counted(const struct counted *counted, void *context)
{
    const struct consideration *to = context;
    const struct rows_row row = {.state = counted->count ? ROWS_COUNTED : ROWS_TOLD,
                                 .time_us = counted->time_us,
                                 .count = counted->count,
                                 .json = counted->json};

    if (!is_wanted(&row, to->filter)) {
        leave_out(to, counted->json);
        return 0;
    }
    to->rows->counted += counted->count;
    if (row.state == ROWS_TOLD ? !to->filter->restarts : !to->filter->counted)
        return 0;
    json_incref(counted->json);
    return add_row(to->rows, &row);
}

static int consider_foreign(int64_t time_us, json_t *json, void *context)
{
    const struct consideration *to = context;
    const struct rows_row row = {.state = ROWS_FOREIGN, .time_us = time_us, .count = 1, .json = json};

    if (!is_wanted(&row, to->filter)) {
        leave_out(to, json);
        return 0;
    }
    json_incref(json);
    return add_row(to->rows, &row);
}

/* The oldest ones go. */
static void keep_newest(struct rows *rows, size_t most)
{
    const size_t old = most && rows->count > most ? rows->count - most : 0;
    if (rows->count > 1)
        qsort(rows->rows, rows->count, sizeof rows->rows[0], compare_rows);
    for (size_t i = 0; i < old; i++)
        json_decref(rows->rows[i].json);
    if (old)
        memmove(rows->rows, rows->rows + old, (rows->count - old) * sizeof rows->rows[0]);
    rows->count -= old;
}

int rows_read(const char *path, const struct rows_filter *filter, struct row_index *index,
              find_trouble *trouble, void *context, struct rows *rows)
{
    struct find_list list = {0};
    const struct consideration to = {filter, rows, index, path};
    const size_t before = rows->count;
    size_t skipped = 0;
    int error = filter->flat ? find_scan_flat(path, trouble, context, &list)
                             : find_scan(path, trouble, context, &list);

    if (error == -ENOTDIR)
        error = find_file(path, &list);
    for (size_t i = list.count; error == 0 && i > 0 && (!filter->most || rows->count - before < filter->most);
         i--)
        error = consider(&list.entries[i - 1], &to);
    for (size_t i = 0; error == 0 && i < list.dir_count; i++)
        error = counted_read(list.dirs[i], consider_counted, (void *)&to, trouble, context);
    if (error == 0 && filter->foreign)
        error = foreign_read(list.foreign, list.foreign_count, consider_foreign, (void *)&to, trouble,
                             context, &skipped);
    for (size_t i = before; i < rows->count; i++)
        rows->rows[i].from = path;
    rows->skipped += skipped;
    keep_newest(rows, filter->most);
    find_clear(&list);
    return error;
}

void rows_clear(struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        json_decref(rows->rows[i].json);
    free(rows->rows);
    *rows = (struct rows){0};
}
