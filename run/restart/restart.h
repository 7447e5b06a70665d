/* SPDX-License-Identifier: MIT */
/* Is a server started again after its end, and when: from facts alone (--restart, --backoff, --restart-limit). */
#ifndef CRUMPLE_RUN_RESTART_RESTART_H
#define CRUMPLE_RUN_RESTART_RESTART_H

#include <stdbool.h>
#include <stdint.h>

#include "child/child.h"
#include "options/options.h"

#define RESTART_HISTORY_MAX 1000 /* the largest number of --restart-limit */

/* All zero at first. */
struct restart_history {
    uint64_t total;                     /* restarts of this run */
    uint32_t attempt;                   /* that the next one is, since the last life that was long enough */
    int64_t at_us[RESTART_HISTORY_MAX]; /* of the last restarts; number n is at n % RESTART_HISTORY_MAX */
};

/* Of one life. Times are microseconds of one clock. */
struct restart_end {
    struct child_end end;
    int64_t began_us, ended_us;
    bool could_not_start; /* its command was not found, or not executed */
    bool is_expected;     /* --remap-exit makes 0 of the status */
    bool is_asked;        /* see restart_is_asked() */
    bool is_mended;       /* whose request killed the server is refused from now on */
};

enum restart_kind {
    RESTART_NOT, /* the end was asked for, or is none that --restart is about */
    RESTART_AFTER /* a delay */,
    RESTART_LIMIT /* it would, but for --restart-limit */
};

struct restart_decision {
    enum restart_kind kind;
    int64_t delay_us;
};

/** A death that is mended is restarted at the limit, too: the next life has one reason less to die. Decides, and counts the restart in the history if there is one. random: any number, for the delay's jitter. */
struct restart_decision restart_decide(const struct restart_end *end, const struct run_settings *settings,
                                       struct restart_history *history, uint64_t random);

/**
 * Whether the end was asked for. sent_ns: as in struct end_facts, when each signal was sent on last, in nanoseconds of the
 * clock of ended_ns; 0: never. After SIGTERM and SIGINT it was. SIGQUIT stops nginx and a Go program, and lets Java print its threads:
 * it asked for an end with status 0, or within a minute. Any other signal asked for an end of which the server has died.
 */
bool restart_is_asked(const struct child_end *end, const uint64_t *sent_ns, uint64_t ended_ns);

#endif
