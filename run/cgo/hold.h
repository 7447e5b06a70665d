/* SPDX-License-Identifier: MIT */
/*
 * Holds a Go server for some milliseconds while its runtime prints that C has faulted: Go prints no frame of C, and soon the
 * memory is gone. The guard of a stream sees the lines, and stops the server by SIGSTOP. The kernel tells crumple-run so
 * (SIGCHLD), which alone may read the memory: it is the server's ancestor (Yama). It continues the server; the guard does so
 * after 200 ms in any case. Both are one state in shared memory.
 */
#ifndef CRUMPLE_RUN_CGO_HOLD_H
#define CRUMPLE_RUN_CGO_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "cgo/memory.h"

/** Before the guards are started. Without memory for it, nothing is ever held. */
void cgo_hold_prepare(void);

/** The server runs, or (0) has ended. */
void cgo_hold_server(pid_t server);

/** In a guard: the next bytes that the server has written. Returns at once, but where a fault of C is told. */
void cgo_hold_feed(const char *bytes, size_t count);

/** In crumple-run, as soon as the server has stopped: if a guard has stopped it, reads its memory, and continues it. True:
 * *ret has what was read; what it held before is released. */
bool cgo_hold_take(struct cgo_memory *ret);

/** In crumple-run: somebody has killed a guard. If it had stopped the server, the server goes on. */
void cgo_hold_guard_ended(void);

/** In a process of crumple-run's own, now and then while the server runs: notes where its modules are. */
void cgo_hold_note_maps(void);

/** In crumple-run, when the server has ended and all that it wrote is read: a fault of C was told, and its memory was gone before
 * anybody could look. True: *ret has the place of the fault alone. */
bool cgo_hold_rest(struct cgo_memory *ret);

/** In crumple-run, when all that is read of the server is read: what is shared goes, before cgo_hold_prepare() makes it for the next
 * one. */
void cgo_hold_end(void);

#endif
