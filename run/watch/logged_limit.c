/* SPDX-License-Identifier: MIT */
#include "watch/logged_limit.h"

struct logged_kind *logged_limit_find(struct logged_limit *limit, uint64_t key)
{
    struct logged_kind *oldest = NULL;
    for (size_t i = 0; i < LOGGED_LIMIT_KINDS; i++) {
        struct logged_kind *kind = &limit->kinds[i];
        if (kind->key == key)
            return kind;
        if (!kind->missed && (!oldest || kind->told_us < oldest->told_us))
            oldest = kind;
    }
    if (oldest)
        *oldest = (struct logged_kind){.key = key};
    return oldest;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t logged_limit_wait(const struct logged_limit *limit, const struct logged_kind *kind, int64_t now_us)
{
    const int64_t all = limit->full_us - (LOGGED_LIMIT_BURST_MAX - 1) * (int64_t)LOGGED_LIMIT_US - now_us;
    const int64_t own = kind->pause_us ? kind->told_us + kind->pause_us - now_us : 0;
    return later(later(all, own), 0);
}

bool logged_limit_take(struct logged_limit *limit, struct logged_kind *kind, int64_t now_us)
{
    if (logged_limit_wait(limit, kind, now_us) > 0)
        return false;
    if (now_us - kind->told_us >= LOGGED_LIMIT_AS_NEW_US) {
        kind->told = 0;
        kind->pause_us = 0;
    }
    kind->told++;
    if (kind->pause_us)
        kind->pause_us =
            kind->pause_us * 2 < LOGGED_LIMIT_PAUSE_MAX_US ? kind->pause_us * 2 : LOGGED_LIMIT_PAUSE_MAX_US;
    else if (kind->told >= LOGGED_LIMIT_FIRST)
        kind->pause_us = LOGGED_LIMIT_PAUSE_US;
    kind->told_us = now_us;
    limit->full_us = later(limit->full_us, now_us) + LOGGED_LIMIT_US;
    return true;
}
