/* SPDX-License-Identifier: MIT */
/* From a file to its row: see rows/row_of_file.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "read/bundle.h"
#include "read/report.h"
#include "rows/row_of_file.h"
#include "rows/row_sides.h"
#include "base/text.h"
#include "base/time.h"

/* Reports up to this size are read and checked whole; of a longer one (thousands of threads) the beginning
 * will do. */
#define ENOUGH (1u << 20)

/* The budget of one bundle, where the beginning of its report does not tell what a row needs. */
#define MIB_MAX ((size_t)32)

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
    json_t *row = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:s}", "event", report_string(report, "event"),
        "signature", json_text(report_string(report, "signature")), "title",
        json_text(report_string(report, "title")), "exe", json_text(report_string(report, "exe")), "pid",
        json_is_integer(pid) ? json_integer(json_integer_value(pid)) : json_null(), "time",
        report_string(report, "time") ? report_string(report, "time") : time, "signal",
        json_text(report_string(signal, "name")), "path", json_text(entry->path), "id", json_text(entry->id),
        "state", rows_state_name(ROWS_PRESENT));
    if (row_sides_set(row, report) == 0)
        return row;
    json_decref(row);
    return NULL;
}

static bool is_wound(const json_t *report)
{
    const char *event = report_string(report, "event");
    const char *action = report_string(json_object_get(report, "recovery"), "action");
    return event && action && strcmp(event, "contained") == 0 && strcmp(action, "contain") == 0;
}

int row_of_file(const struct find_entry *entry, struct rows_row *row)
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

int row_of_file_place(const struct find_entry *entry, json_t *row)
{
    return json_object_set_new(row, "path", json_text(entry->path)) < 0 ? -ENOMEM : 0;
}
