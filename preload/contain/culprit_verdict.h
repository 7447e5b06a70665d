/* SPDX-License-Identifier: MIT */
/* Safe file: whose request it was, from what is known of the faulting thread. A plain function. */
#ifndef CRUMPLE_PRELOAD_CONTAIN_CULPRIT_VERDICT_H
#define CRUMPLE_PRELOAD_CONTAIN_CULPRIT_VERDICT_H

#include "track/requests.h"

struct safe_culprit_facts {
    bool is_fault;  /* of an instruction of that thread, or its abort(); not a signal that somebody sent */
    bool is_whole;  /* no call went past the hooks */
    bool is_loop;   /* the thread has waited for several descriptors */
    bool has_lost;  /* there were more requests than are listed */
    uint32_t count; /* of request[], the latest last; only of connections that are still open */
    const struct safe_request *request;
    uint32_t
        points; /* bit i: a kept register or a word of the live stack points into the bytes of request i */
    bool is_served; /* the function that has read the last request is still at it */
    bool
        is_in_call; /* the event loop is in a call from the place that has led to the last read; maybe a later one */
    bool has_returned; /* it is in a call from another place, or for another event. Neither: nobody knows */
};

/**
 * Returns the index of the request that was served at the fault; -1: nobody can say, and *ret_why says why not
 * (a constant; NULL: because so many were open). An innocent peer is worse than none.
 */
int safe_culprit_verdict(const struct safe_culprit_facts *facts, const char **ret_why);

#endif
