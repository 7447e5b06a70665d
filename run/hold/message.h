/* SPDX-License-Identifier: MIT */
/*
 * One request and its answer, as include/crumple_hold.h says. The bytes are a stranger's. Nothing waits. Descriptors that come with a request
 * are taken only by message_take(): the kernel drops those of others, since the close of a descriptor may hold up whoever has it.
 */
#ifndef CRUMPLE_RUN_HOLD_MESSAGE_H
#define CRUMPLE_RUN_HOLD_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "crumple_hold.h"

/** Checks the bytes of a request. Returns 0, or -EPROTO: they are none of this version. */
int message_check(const void *bytes, size_t size, struct crumple_hold_request *ret);

/** Looks at the request that waits, and leaves it there. Returns 0; -EAGAIN: none waits; -EPIPE: the connection has ended; -EPROTO: what
 * waits is no request. */
int message_look(int fd, struct crumple_hold_request *ret);

/** Takes the request away, without its descriptors. */
void message_drop(int fd);

/** Takes the request away, and its descriptors, which are the caller's then. Returns their number. *ret_is_cut: some did not fit into this
 * process. */
size_t message_take(int fd, int ret[CRUMPLE_HOLD_DESCRIPTORS], bool *ret_is_cut);

/** Answers; with a descriptor, if it is not -1. Returns 0 or a negative errno. */
int message_answer(int fd, int status, int descriptor);

#endif
