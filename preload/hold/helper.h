/* SPDX-License-Identifier: MIT */
/*
 * The hold helper: a process that shares the server's descriptor table, and nothing else. It sleeps while the server lives. After its
 * death the table is the helper's alone, and the listening sockets in it, which crumple-run then asks for by SIGUSR1.
 */
#ifndef CRUMPLE_PRELOAD_HOLD_HELPER_H
#define CRUMPLE_PRELOAD_HOLD_HELPER_H

#include <stdint.h>

#include "state/config.h"

/* What the word says, and who says it. */
enum safe_hold_state {
    SAFE_HOLD_STARTS,
    SAFE_HOLD_SLEEPS, /* the helper: it is ready */
    SAFE_HOLD_RAISES, /* the server: it dies, and is to have long backlogs */
    SAFE_HOLD_LEAVES, /* the server: the helper is to go */
    SAFE_HOLD_HANDS,  /* its handler of SIGUSR1 */
};

/* Filled by the process that makes it, before it is cloned; 'word' alone is changed afterwards. */
struct safe_hold_start {
    struct config_hold hold;
    _Atomic uint32_t
        *word; /* in a page that both share: a server that has dropped its user may not send it a signal */
    uint64_t rseq; /* where the kernel writes when it schedules the thread (rseq(2)), 0: nowhere */
};
extern struct safe_hold_start safe_hold_start;

/**
 * Makes the helper, a child of the caller's parent. The caller has blocked all signals. Returns its pid or a negative errno.
 */
int safe_hold_clone(void);

/** Wakes who waits for the word. */
void safe_hold_wake(_Atomic uint32_t *word);
/** Waits while the word is 'value', ns at most. */
void safe_hold_wait(_Atomic uint32_t *word, uint32_t value, uint64_t ns);

#endif
