/* SPDX-License-Identifier: MIT */
/* Events of one process: see events.h. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "crumple_format.h"
#include "events.h"
#include "read/report.h"

static void set_reason(struct drill_events *events, const char *head, const char *reason)
{
    snprintf(events->reason, sizeof events->reason, "%s%s", head, reason ? reason : "no reason given");
}

/* index: the file that the event was read from; the bundle is beside it. */
static void set_bundle(struct drill_events *events, const char *index, const char *name)
{
    const char *slash = strrchr(index, '/');

    if (name && slash)
        snprintf(events->bundle, sizeof events->bundle, "%.*s/%s", (int)(slash - index), index, name);
}

static void take_event(struct drill_events *events, const char *index, const json_t *json)
{
    const char *event = report_string(json, "event"), *action = report_string(json, "action");
    const char *signature = report_string(json, "signature");

    if (!event)
        return;
    if (strcmp(event, "contained") == 0) {
        events->contained += (uint32_t)report_number(json, "count", 1);
        events->restarted = action && strcmp(action, "restart") == 0;
        events->sockets += (uint32_t)report_number(json, "sockets", 0);
        snprintf(events->contained_by, sizeof events->contained_by, "%s", signature ? signature : "");
    } else if (strcmp(event, "restart") == 0 || strcmp(event, "parked") == 0) {
        events->restarted = true;
    } else if (strcmp(event, "escalated") == 0) {
        events->crash = true;
        set_reason(events, "escalated: ", report_string(json, "reason"));
    } else if (strcmp(event, "crash") == 0) {
        events->crash = true;
        set_bundle(events, index, report_string(json, "path"));
        if (action && strcmp(action, "refused") == 0)
            set_reason(events, "", report_string(json, "decision"));
        else if (!events->reason[0])
            set_reason(events, "", "recovery was not asked for");
    }
}

static void read_index(const char *path, pid_t pid, struct drill_events *events)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t room = 0;

    while (file && getline(&line, &room, file) > 0) {
        json_t *json = json_loads(line, 0, NULL);

        if (report_number(json, "pid", -1) == pid)
            take_event(events, path, json);
        json_decref(json);
    }
    free(line);
    if (file)
        fclose(file);
}

static void read_level(const char *path, int depth, pid_t pid, struct drill_events *events)
{
    DIR *dir = opendir(path);
    struct dirent *entry;

    while (dir && (entry = readdir(dir)) != NULL) {
        size_t len = strlen(entry->d_name), suffix = strlen(CRUMPLE_CORE_SUFFIX);
        char below[1024];

        snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        if (strcmp(entry->d_name, CRUMPLE_INDEX_NAME) == 0 || strcmp(entry->d_name, CRUMPLE_INDEX_OLDER) == 0)
            read_index(below, pid, events);
        else if (len > suffix && strcmp(entry->d_name + len - suffix, CRUMPLE_CORE_SUFFIX) == 0)
            events->pending = true;
        else if (entry->d_name[strspn(entry->d_name, "0123456789")] == '\0' && depth > 0)
            read_level(below, depth - 1, pid, events);
    }
    if (dir)
        closedir(dir);
}

void drill_events_read(const char *dir, pid_t pid, struct drill_events *ret_events)
{
    *ret_events = (struct drill_events){0};
    read_level(dir, 1, pid, ret_events);
}
