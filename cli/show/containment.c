/* SPDX-License-Identifier: MIT */
/* What CRUMPLE_RECOVER made of the fault: see show/show.h. */
#include <stdio.h>
#include <string.h>

#include "read/report.h"
#include "show/show.h"
#include "base/text.h"

static void put_outcome(const struct show *show, const json_t *recovery)
{
    const char *action = report_string(recovery, "action"), *how = report_string(recovery, "how");
    const char *decision = report_string(recovery, "decision");

    show_label(show, "outcome");
    if (strcmp(action, "refused") == 0) {
        fputs("not contained: ", stdout);
        text_put(stdout, decision ? decision : "no reason was recorded");
    } else if (strcmp(action, "contain") == 0) {
        fputs("the thread was ended; the process lives", stdout);
    } else if (strcmp(action, "restart") == 0) {
        fputs("the thread was ended and its routine starts again; the process lives", stdout);
    } else {
        text_put(stdout, action);
    }
    if (how && strcmp(how, "unwind") == 0)
        fputs(" (by unwinding its stack)", stdout);
    else if (how && strcmp(how, "jump") == 0)
        fputs(" (by a jump off its stack: no destructors ran)", stdout);
    putchar('\n');
}

static void put_exception(const struct show *show, const json_t *exception)
{
    const char *type = report_string(exception, "type"), *what = report_string(exception, "what");

    if (!type && !what)
        return;
    show_label(show, "exception");
    text_put(stdout, type ? type : "of unknown type");
    if (what) {
        fputs(": ", stdout);
        text_put(stdout, what);
    }
    putchar('\n');
}

static void put_count(const struct show *show, const char *label, int64_t count, const char *what)
{
    if (count <= 0)
        return;
    show_label(show, label);
    printf("%lld %s\n", (long long)count, what);
}

void show_recovery(const struct show *show)
{
    const json_t *recovery = json_object_get(show->report, "recovery");

    if (!report_string(recovery, "action")) {
        put_exception(show, json_object_get(show->report, "exception"));
        return;
    }
    put_outcome(show, recovery);
    show_member(show, "rule", report_string(recovery, "rule"));
    show_member(show, "routine", report_string(recovery, "routine"));
    show_member(show, "peer", report_string(recovery, "peer"));
    put_exception(show, json_object_get(recovery, "exception"));
    put_count(show, "locks", report_number(recovery, "locks_held", 0), "held by the thread");
    put_count(show, "sockets", report_number(recovery, "sockets_shut", 0), "shut down, and left open");
}
