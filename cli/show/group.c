/* SPDX-License-Identifier: MIT */
/* The group of equal events that a report is of: how often, since when, and what its members share. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "read/find.h"
#include "read/report.h"
#include "rows/group_id.h"
#include "rows/where.h"
#include "show/show.h"

static void put_part(const char *before, int64_t count, const char *what)
{
    if (count > 0)
        printf("%s%lld %s", before, (long long)count, what);
}

static void put_time(const json_t *group, const char *member, const char *before)
{
    char time[WHEN_TEXT_BYTES];
    int64_t us;
    const char *text = report_string(group, member);

    if (!text || when_parse(text, &us) < 0)
        return;
    when_format_local(us, true, time);
    printf("%s%s", before, time);
}

static void put_several(int64_t count, const char *one, const char *many)
{
    if (count > 0)
        printf("; %lld %s", (long long)count, count == 1 ? one : many);
}

/* "110 events (98 contained, 12 fatal), 2026-11-28 04:11 to 2026-11-30 03:00; 2 builds; 5 hosts" */
static void put_facts(const json_t *group)
{
    const int64_t count = report_number(group, "count", 0), contained = report_number(group, "contained", 0);
    const int64_t rewound = report_number(group, "rewound", 0), fatal = report_number(group, "fatal", 0);
    const char *comma = " (";

    printf(": %lld event%s", (long long)count, count == 1 ? "" : "s");
    put_part(comma, contained, "contained");
    comma = contained > 0 ? ", " : comma;
    put_part(comma, rewound, "rewound");
    comma = rewound > 0 ? ", " : comma;
    put_part(comma, fatal, "fatal");
    fputs(contained > 0 || rewound > 0 || fatal > 0 ? ")" : "", stdout);
    put_time(group, "first", count == 1 ? ", " : ", from ");
    if (count > 1)
        put_time(group, "last", " to ");
    put_several(report_number(group, "builds", 0), "build", "builds");
    put_several(report_number(group, "hosts", 0), "host", "hosts");
}

/* Never 0 % or 100 % of what is only nearly so. */
static int percent(double share)
{
    const int rounded = (int)(share * 100 + 0.5);

    return share > 0 && rounded == 0 ? 1 : share < 1 && rounded == 100 ? 99 : rounded;
}

static double share_of(const json_t *value, const char *member)
{
    const double share = json_number_value(json_object_get(value, member));

    return share >= 0 && share <= 1 ? share : 0;
}

static void put_shared(const struct show *show, const json_t *value, const char *label)
{
    const char *key = report_string(value, "key"), *text = report_string(value, "value");
    const char *exe = report_string(show->group, "exe");
    const double members = share_of(value, "members");

    if (!key || !text)
        return;
    show_put_label(show, label);
    if (members == 1 && report_number(show->group, "counted", 0) == 0)
        printf("all %lld have ", (long long)report_number(show->group, "count", 0));
    else if (members == 1) /* of which it is known */
        fputs("all have ", stdout);
    else
        printf("%d %% have ", percent(members));
    if (json_is_true(json_object_get(value, "tag")))
        fputs(where_tag_prefix(key), stdout);
    text_put(stdout, key);
    putchar('=');
    text_put(stdout, text);
    fputs(" (others", stdout);
    if (exe) {
        fputs(" of ", stdout);
        text_put(stdout, text_base_name(exe));
    }
    printf(": %d %%)\n", percent(share_of(value, "others")));
}

/* What to do with an id: where the bundle lies in the directory that the command would look in. */
static void put_hint(const struct show *show, const char *id)
{
    char *dir = NULL;
    bool is_implied;

    if (find_default_dir(&dir, &is_implied) == 0) {
        const size_t length = strlen(dir);
        if (strncmp(show->bundle, dir, length) == 0 && show->bundle[length] == '/')
            printf(" ('crumple show %s': how often, and what they share)", id);
    }
    free(dir);
}

void show_group_lines(const struct show *show)
{
    const json_t *shared = json_object_get(show->group, "shared");
    const char *name = group_name(show->report);
    char id[GROUP_ID_BYTES];

    if (!*name)
        return;
    group_id(name, id);
    show_put_label(show, "group");
    fputs(id, stdout);
    if (show->group)
        put_facts(show->group);
    else
        put_hint(show, id);
    putchar('\n');
    for (size_t i = 0; i < json_array_size(shared); i++)
        put_shared(show, json_array_get(shared, i), i ? "" : "shared");
}
