/* SPDX-License-Identifier: MIT */
/* What threads wait for, below the heading of their stack, and deadlocks in the header. */
#include <stdio.h>
#include <string.h>

#include "read/report.h"
#include "show/show.h"
#include "base/text.h"

#define FDS_MAX 8 /* of a group */

void show_deadlocks(const struct show *show)
{
    const json_t *deadlocks = json_object_get(show->report, "deadlocks");

    for (size_t i = 0; i < json_array_size(deadlocks); i++) {
        const char *text = report_string(json_array_get(deadlocks, i), "text");

        if (!text)
            continue;
        show_put_label(show, "deadlock");
        fputs(show->colors.bad, stdout);
        text_put(stdout, text);
        printf("%s\n", show->colors.reset);
    }
}

static bool is_equal(const json_t *left, const json_t *right, const char *key)
{
    const char *a = report_string(left, key), *b = report_string(right, key);

    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Whether all threads of the group have that in common. */
static bool is_common(const struct show_group *group, const char *key)
{
    const json_t *first = json_object_get(group->thread, "blocked");

    for (size_t i = 1; i < json_array_size(group->threads); i++)
        if (!is_equal(first, json_object_get(json_array_get(group->threads, i), "blocked"), key))
            return false;
    return true;
}

/* ", fds 5, 7, 9": of the whole group, each once. */
static void put_fds(const struct show_group *group)
{
    int64_t shown[FDS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < json_array_size(group->threads); i++) {
        const int64_t fd =
            report_number(json_object_get(json_array_get(group->threads, i), "blocked"), "fd", -1);
        size_t k = 0;

        while (k < count && shown[k] != fd)
            k++;
        if (fd < 0 || k < count)
            continue;
        if (count == FDS_MAX) {
            fputs(", ", stdout);
            fputs(text_ellipsis(), stdout);
            return;
        }
        printf("%s%lld", count ? ", " : ", fds ", (long long)fd);
        shown[count++] = fd;
    }
}

void show_put_blocked(const struct show *show, const struct show_group *group)
{
    const json_t *blocked = json_object_get(group->thread, "blocked");
    const char *call = report_string(blocked, "call"), *text = report_string(blocked, "text");

    if (!text || !is_common(group, "call"))
        return;
    printf("  %sin ", show->colors.faint);
    if (is_common(group, "text")) {
        text_put(stdout, text);
    } else if (report_number(blocked, "fd", -1) >= 0) {
        text_put(stdout, call ? call : "a system call");
        put_fds(group);
    } else {
        text_put(stdout, call ? call : "a system call");
        fputs(", the first: ", stdout);
        text_put(stdout, text);
    }
    printf("%s\n", show->colors.reset);
}

static void put_lock(const json_t *lock)
{
    const char *place = report_string(lock, "place"), *address = report_string(lock, "address");
    const char *kind = report_string(lock, "kind");
    const int64_t number = report_number(lock, "fd", report_number(lock, "count", 0));

    text_put(stdout, kind ? kind : "a lock");
    putchar(' ');
    if (place || address)
        text_put(stdout, place ? place : address);
    else
        printf("%lld", (long long)number);
}

void show_put_locks(const json_t *thread)
{
    const json_t *locks = json_object_get(thread, "locks");

    for (size_t i = 0; i < json_array_size(locks); i++) {
        fputs(i ? ", " : "  holds ", stdout);
        put_lock(json_array_get(locks, i));
    }
    if (json_array_size(locks))
        putchar('\n');
}
