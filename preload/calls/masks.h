/* SPDX-License-Identifier: MIT */
/*
 * The application's view of its signal masks (fault/blocked.h says why the kernel's masks differ). The
 * application's pointers go to the kernel, or are read by a copy that can fail, so that EFAULT stays EFAULT.
 * In hooks, in any thread.
 */
#ifndef CRUMPLE_PRELOAD_CALLS_MASKS_H
#define CRUMPLE_PRELOAD_CALLS_MASKS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "state/signals.h"

/** The kernel's part of libc's larger set, as a number, and back. */
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

/** Synchronous signals whose default crumple replaces. 0 while crumple is disabled. */
uint64_t masks_standing_in(void);
/** The signals of a mask that stay unblocked in the kernel, because crumple can show them as blocked. */
uint64_t masks_keep_open(uint64_t mask);

/** Takes over the mask of the start: shown as blocked, unblocked in the kernel. While no other thread runs. */
void masks_adopt(void);

/** pthread_sigmask()/sigprocmask() as the application sees it; 'kernel' is the function called. Returns its
 * result. */
int masks_change(int (*kernel)(int, const sigset_t *, sigset_t *), int how, const sigset_t *set,
                 sigset_t *old);

/* A wait with a mask of its own (sigsuspend, ppoll, ...): the mask to pass, and the state to restore
 * afterwards. */
struct masks_wait {
    union masks_word passed;
    uint64_t shadow, mask_set;
    struct safe_wait outer;
    bool changed;
};
const sigset_t *masks_wait_begin(struct masks_wait *wait, const sigset_t *mask);
void masks_wait_end(const struct masks_wait *wait);

/** What a new thread is to believe blocked as its maker does, with the maker's mark of a handler, which the new
 * thread is to take off. */
uint64_t masks_inherited(void);

/**
 * A program inherits its mask over exec. Around a call that may exec, the signals that the application
 * believes blocked are really blocked, so that the new program gets the right mask. Returns the signals to
 * unblock afterwards.
 */
uint64_t masks_hand_down(void);
void masks_take_back(uint64_t handed);

#endif
