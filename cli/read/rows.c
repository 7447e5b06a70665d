/* SPDX-License-Identifier: MIT */
/* Reading rows: see read/rows.h. */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "read/bundle.h"
#include "read/counted.h"
#include "read/report.h"
#include "read/rows.h"
#include "base/text.h"
#include "base/time.h"

/* Reports up to this size are read and checked whole; of a longer one (thousands of threads) the beginning
 * will do. */
#define ENOUGH (1u << 20)

/* The budget of one bundle, where the beginning of its report does not tell what a row needs. */
#define MIB_MAX ((size_t)32)

const char *rows_state_name(enum rows_state state)
{
    static const char *const names[] = {"present", "pending", "damaged", "unreadable", "counted", "told"};

    return names[state];
}

/* Parse the report behind fd: all of it, or what stands before its threads where it is long. */
static int read_head(int fd, json_t **ret_report, char *ret_reason)
{
    struct bundle_reader *reader = NULL;
    const char *text;
    size_t len;
    bool complete = false;
    int error = bundle_open(fd, &reader);

    if (error == 0)
        error = bundle_read_report(reader, ENOUGH, &text, &len, &complete);
    if (error == 0 && !complete) {
        error = report_parse_head(text, len, ret_report, ret_reason);
        if (error != -ENODATA)
            goto done;
        error = bundle_read_report(reader, MIB_MAX << 20, &text, &len, &complete);
    }
    if (error == 0 && !complete) {
        snprintf(
            ret_reason, REPORT_REASON_BYTES,
            "report.json: more than %zu MiB, and its beginning is not enough; 'crumple show' reads all of it",
            MIB_MAX);
        error = -EFBIG;
    } else if (error == 0)
        error = report_parse(text, len, ret_report, ret_reason);
    else
        snprintf(ret_reason, REPORT_REASON_BYTES, "%s", bundle_reason(reader));
done:
    bundle_close(reader);
    return error;
}

static int load_report(const char *path, json_t **ret_report, char *ret_reason)
{
    int fd = find_open_regular(path, 0);

    if (fd < 0) {
        snprintf(ret_reason, REPORT_REASON_BYTES, "%s",
                 fd == -EINVAL ? "it is not a regular file" : strerror(-fd));
        return fd;
    }
    int error = read_head(fd, ret_report, ret_reason);
    close(fd);
    return error;
}

/* A JSON string of any bytes, null for NULL or "". */
static json_t *json_text(const char *s)
{
    char *valid = s && *s ? text_to_utf8(s) : NULL;
    json_t *value = valid ? json_string(valid) : json_null();

    free(valid);
    return value;
}

/* The members of a row whose facts come from the file's name only. */
static json_t *json_from_name(const struct find_entry *entry, enum rows_state state, const char *reason)
{
    char time[WHEN_TEXT_BYTES];

    when_format(entry->time_us, time);
    json_t *json =
        json_pack("{s:s, s:n, s:n, s:o, s:o, s:s, s:n, s:o, s:o, s:s}", "event", rows_state_name(state),
                  "signature", "title", "exe", json_text(entry->exe), "pid",
                  entry->pid < 0 ? json_null() : json_integer(entry->pid), "time", time, "signal", "path",
                  json_text(entry->path), "id", json_text(entry->id), "state", rows_state_name(state));
    if (json && reason)
        json_object_set_new(json, "reason", json_text(reason));
    return json;
}

static json_t *json_from_report(const struct find_entry *entry, const json_t *report, int64_t time_us)
{
    char time[WHEN_TEXT_BYTES];
    const json_t *signal = json_object_get(report, "signal"), *pid = json_object_get(report, "pid");

    when_format(time_us, time);
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:s}", "event", report_string(report, "event"),
        "signature", json_text(report_string(report, "signature")), "title",
        json_text(report_string(report, "title")), "exe", json_text(report_string(report, "exe")), "pid",
        json_is_integer(pid) ? json_integer(json_integer_value(pid)) : json_null(), "time",
        report_string(report, "time") ? report_string(report, "time") : time, "signal",
        json_text(report_string(signal, "name")), "path", json_text(entry->path), "id", json_text(entry->id),
        "state", rows_state_name(ROWS_PRESENT));
}

static bool is_wound(const json_t *report)
{
    const char *event = report_string(report, "event");
    const char *action = report_string(json_object_get(report, "recovery"), "action");
    return event && action && strcmp(event, "contained") == 0 && strcmp(action, "contain") == 0;
}

/* Make the row of a file. Returns 0 or -ENOMEM: anything else that goes wrong is what the row says. */
static int make_row(const struct find_entry *entry, struct rows_row *row)
{
    char reason[REPORT_REASON_BYTES];
    json_t *report = NULL;

    row->time_us = entry->time_us;
    row->state = ROWS_PENDING;
    if (entry->kind == FIND_PENDING) {
        row->json = json_from_name(entry, row->state, NULL);
        return row->json ? 0 : -ENOMEM;
    }
    int error = load_report(entry->path, &report, reason);
    if (error == -ENOMEM)
        return error;
    if (error < 0) {
        row->state = error == -EBADMSG || error == -EINVAL ? ROWS_DAMAGED : ROWS_UNREADABLE;
        row->json = json_from_name(entry, row->state, reason);
    } else {
        const char *time = report_string(report, "time");

        row->state = ROWS_PRESENT;
        if (time)
            (void)when_parse(time, &row->time_us); /* else the name's time stands */
        row->json = json_from_report(entry, report, row->time_us);
        row->is_wound = is_wound(report);
        json_decref(report);
    }
    return row->json ? 0 : -ENOMEM;
}

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
           (!filter->event || (event && strcmp(event, filter->event) == 0));
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

static int consider(const struct find_entry *entry, const struct rows_filter *filter, struct rows *rows)
{
    struct rows_row row = {0};

    /* names tell the time: most files that are not wanted need not be opened */
    if (!is_time_wanted(entry->time_us, filter))
        return 0;
    int error = make_row(entry, &row);
    if (error < 0)
        return error;
    row.count = 1;
    rows->pending += row.state == ROWS_PENDING;
    rows->bad += row.state == ROWS_DAMAGED || row.state == ROWS_UNREADABLE;
    if (is_wanted(&row, filter))
        error = add_row(rows, &row);
    else
        json_decref(row.json);
    return error;
}

/* What counted_read needs to tell. */
struct consideration {
    const struct rows_filter *filter;
    struct rows *rows;
};

static int consider_counted(const struct counted *counted, void *context)
{
    const struct consideration *to = context;
    const struct rows_row row = {.state = counted->count ? ROWS_COUNTED : ROWS_TOLD,
                                 .time_us = counted->time_us,
                                 .count = counted->count,
                                 .json = counted->json};

    if (!is_wanted(&row, to->filter))
        return 0;
    to->rows->counted += counted->count;
    if (row.state == ROWS_TOLD ? !to->filter->restarts : !to->filter->counted)
        return 0;
    json_incref(counted->json);
    return add_row(to->rows, &row);
}

/* The oldest ones go. */
static void keep_newest(struct rows *rows, size_t most)
{
    const size_t old = most && rows->count > most ? rows->count - most : 0;
    for (size_t i = 0; i < old; i++)
        json_decref(rows->rows[i].json);
    memmove(rows->rows, rows->rows + old, (rows->count - old) * sizeof rows->rows[0]);
    rows->count -= old;
}

int rows_read(const char *dir, const struct rows_filter *filter, find_trouble *trouble, void *context,
              struct rows *rows)
{
    struct find_list list = {0};
    int error = find_scan(dir, trouble, context, &list);

    for (size_t i = list.count; error == 0 && i > 0 && (!filter->most || rows->count < filter->most); i--)
        error = consider(&list.entries[i - 1], filter, rows);
    for (size_t i = 0; error == 0 && i < list.dir_count; i++)
        error = counted_read(list.dirs[i], consider_counted, &(struct consideration){filter, rows}, trouble,
                             context);
    if (rows->count > 1)
        qsort(rows->rows, rows->count, sizeof rows->rows[0], compare_rows);
    if (filter->restarts && rows->count)
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
