/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the faulting thread. See contain/culprit_verdict.h. */
#include "contain/culprit_verdict.h"

static int none(const char **ret_why, const char *why)
{
    *ret_why = why;
    return -1;
}

static bool overlap(const struct safe_request *a, const struct safe_request *b)
{
    return a->buffer && b->buffer && a->buffer < b->buffer + b->bytes && b->buffer < a->buffer + a->bytes;
}

/* One buffer for all connections: what the others had sent is gone. */
static bool is_over_all(const struct safe_culprit_facts *f, uint32_t last)
{
    for (uint32_t i = 0; i < last; i++)
        if (!overlap(&f->request[i], &f->request[last]))
            return false;
    return true;
}

/* A thread that waits for several connections also runs timers, and work that it has put off. What the stack points into is
 * then but a hint: the unused parts of its frames keep what was there before. */
static int verdict_of_loop(const struct safe_culprit_facts *f, uint32_t bit, const char **ret_why)
{
    if (f->has_lost)
        return none(ret_why, "more requests were open than are noted");
    if (f->has_returned)
        return none(ret_why, "what had read the last request had returned");
    if (f->is_in_call ? f->points == bit || f->count == 1 : f->points && f->count == 1)
        return (int)f->count - 1;
    return none(ret_why, f->count == 1 ? "nothing shows that the open request was being served" : NULL);
}

int safe_culprit_verdict(const struct safe_culprit_facts *f, const char **ret_why)
{
    const uint32_t last = f->count - 1, bit = UINT32_C(1) << (last & 31);
    if (!f->is_fault)
        return none(ret_why, "the signal was sent");
    if (!f->is_whole)
        return none(ret_why, "not all reads of this program are seen");
    if (!f->count)
        return none(ret_why, "the faulting thread had no open request");
    if (f->is_served)
        return (int)last;
    if (f->is_loop)
        return verdict_of_loop(f, bit, ret_why);
    if (f->has_lost)
        return none(ret_why, "more requests were open than are noted");
    if (f->count > 1 && f->points != bit && !is_over_all(f, last))
        return none(ret_why, NULL);
    return (int)last;
}
