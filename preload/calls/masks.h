/* SPDX-License-Identifier: MIT */
/*
 * The application's view of its signal masks (fault/blocked.h says why the kernel's differ). A pointer of the
 * application's is given to the kernel, or read by a copy that can fail: what would be EFAULT stays EFAULT.
 */
#ifndef PRELOAD_CALLS_MASKS_H
#define PRELOAD_CALLS_MASKS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "fault/blocked.h"

/* The kernel's part of libc's larger set, as a number, and back. */
static inline uint64_t masks_to_bits(const sigset_t *set)
{
    uint64_t bits;
    memcpy(&bits, set, sizeof bits);
    return bits;
}

static inline void masks_set_bits(sigset_t *set, uint64_t bits)
{
    memcpy(set, &bits, sizeof bits);
}

/* The rest of libc's larger set is never read: the kernel knows 64 signals. */
union masks_word {
    uint64_t bits;
    sigset_t set;
};

/* Synchronous signals whose default crumple stands in for. 0 while inert. */
uint64_t masks_standing_in(void);
/* Which of a mask that is to be in force stays open, since crumple can show it as blocked. */
uint64_t masks_keep_open(uint64_t mask);

/* What this program was started with: believed blocked, and open. Nobody else runs yet. */
void masks_adopt(void);

/* pthread_sigmask()/sigprocmask() as the application sees it; 'kernel' is the function called. Returns its
 * result. */
int masks_change(int (*kernel)(int, const sigset_t *, sigset_t *), int how, const sigset_t *set,
                 sigset_t *old);

/* A wait with a mask of its own (sigsuspend, ppoll, ...): what to pass instead of the mask, and what to put
 * back after. */
struct masks_wait {
    union masks_word passed;
    uint64_t shadow, mask_set;
    struct safe_wait outer;
    bool changed;
};
const sigset_t *masks_wait_begin(struct masks_wait *wait, const sigset_t *mask);
void masks_wait_end(const struct masks_wait *wait);

/*
 * A program inherits a mask over exec. What is believed blocked is blocked in truth around a call that may
 * exec, so that the new program is told what it would be told; returns the signals to open again.
 */
uint64_t masks_hand_down(void);
void masks_take_back(uint64_t handed);

#endif
