/* SPDX-License-Identifier: MIT */
/*
 * Questions to crumple-run (crumple_hold.h). Each wait is at most CRUMPLE_HOLD_ANSWER_MS. Signal-safe, and for the hold helper, too:
 * system calls on the caller's own memory.
 */
#ifndef CRUMPLE_PRELOAD_HOLD_ASK_H
#define CRUMPLE_PRELOAD_HOLD_ASK_H

#include "crumple_hold.h"
#include "state/config.h"

/** A request of this version. */
struct crumple_hold_request safe_hold_request(enum crumple_hold_kind kind);

/** Connects to the crumple-run that 'hold' names, and to nobody else. Returns a descriptor or a negative errno. */
int safe_hold_connect(const struct config_hold *hold);

/**
 * Sends a request, with request->count descriptors (CRUMPLE_HOLD_DESCRIPTORS at most), and waits for the answer. Returns its status,
 * or a negative errno. *ret_fd: a descriptor that came with it, -1: none; the caller closes it. NULL: none is expected.
 */
int safe_hold_exchange(int connection, const struct crumple_hold_request *request, const int *fds,
                       int *ret_fd);

/** All of it: connects, exchanges, closes. */
int safe_hold_ask(const struct config_hold *hold, const struct crumple_hold_request *request, int *ret_fd);

#endif
