/* SPDX-License-Identifier: MIT */
/* What crumple has written about one process into a crash directory. */
#ifndef CRUMPLE_DRILL_EVENTS_H
#define CRUMPLE_DRILL_EVENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "drill.h"

struct drill_events {
    uint32_t contained; /* faults */
    bool restarted;     /* the last one's action was 'restart', or an event says so */
    bool crash;         /* a report of the death */
    bool pending;       /* a core that no writer has finished */
    uint32_t sockets;
    char reason[DRILL_REASON_BYTES];       /* why the process died: the decision, or what escalated */
    char contained_by[DRILL_REASON_BYTES]; /* signature of what was contained */
    char bundle[DRILL_PATH_BYTES * 2];     /* of the death, or "" */
};

/** Read crashes.ndjson in dir and its subdirectories. */
void drill_events_read(const char *dir, pid_t pid, struct drill_events *ret_events);

#endif
