/* SPDX-License-Identifier: MIT */
#include "restart/restart.h"

#include <signal.h>

#include "breaker.h"

#define ASKED_NS      UINT64_C(60000000000)
#define ATTEMPT_MAX   64
#define STATUS_SIGNAL 128
#define SIGNALS_MAX   64
#define CALM_US                                                                                              \
    INT64_C(60000000) /* after so long a life, the delay is the first one again, as CRUMPLE_BACKOFF's */

/* The signal that the end is of, also where a shell has passed it on as a status; 0: none. */
static int signal_of(const struct child_end *end)
{
    const int number = end->by_signal ? end->status : end->status - STATUS_SIGNAL;
    return number > 0 && number <= SIGNALS_MAX ? number : 0;
}

bool restart_is_asked(const struct child_end *end, const uint64_t *sent_ns, uint64_t ended_ns)
{
    const int signo = signal_of(end);
    if (sent_ns[SIGTERM] || sent_ns[SIGINT] || (signo && signo != SIGKILL && sent_ns[signo]))
        return true;
    const bool is_quiet = !end->by_signal && end->status == 0;
    return sent_ns[SIGQUIT] && (is_quiet || ended_ns < sent_ns[SIGQUIT] + ASKED_NS);
}

/* Who ends a server by SIGTERM or SIGINT, past crumple-run, wants its end: no crash. */
static bool is_crash(const struct restart_end *end)
{
    const int signo = signal_of(&end->end);
    if (end->could_not_start)
        return true;
    if (end->is_expected || signo == SIGTERM || signo == SIGINT)
        return false;
    return end->end.by_signal || end->end.status != 0;
}

static uint32_t count_recent(const struct restart_history *history, int64_t since_us)
{
    uint32_t count = 0;
    for (uint64_t n = history->total; n > 0 && history->total - n < RESTART_HISTORY_MAX; n--) {
        if (history->at_us[(n - 1) % RESTART_HISTORY_MAX] <= since_us)
            break;
        count++;
    }
    return count;
}

struct restart_decision restart_decide(const struct restart_end *end, const struct run_settings *settings,
                                       struct restart_history *history, uint64_t random)
{
    struct restart_decision decision = {RESTART_NOT, 0};
    const bool is_wanted = settings->restart == RUN_RESTART_ALWAYS ||
                           (settings->restart == RUN_RESTART_ON_CRASH && is_crash(end));
    if (!is_wanted || end->is_asked)
        return decision;
    const struct run_rate *limit = &settings->restart_limit;
    if (count_recent(history, end->ended_us - limit->period_us) >= limit->count &&
        (!limit->count || !end->is_mended)) {
        decision.kind = RESTART_LIMIT;
        return decision;
    }
    if (end->ended_us - end->began_us >= CALM_US)
        history->attempt = 0;
    decision.kind = RESTART_AFTER;
    decision.delay_us =
        (int64_t)(safe_backoff_ns((uint64_t)settings->backoff_first_us * 1000,
                                  (uint64_t)settings->backoff_most_us * 1000, history->attempt, random) /
                  1000);
    if (history->attempt < ATTEMPT_MAX)
        history->attempt++;
    history->at_us[history->total++ % RESTART_HISTORY_MAX] = end->ended_us;
    return decision;
}
