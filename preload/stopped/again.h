/* SPDX-License-Identifier: MIT */
/*
 * Of a signal that stopped a thread for a dump, the program is to notice nothing. Calls that go on after a handler with
 * SA_RESTART do. Those that never do (signal(7): epoll_wait, poll, nanosleep, sockets with a time limit ...) would fail
 * with EINTR: they are made again.
 */
#ifndef CRUMPLE_PRELOAD_STOPPED_AGAIN_H
#define CRUMPLE_PRELOAD_STOPPED_AGAIN_H

#include <stdbool.h>
#include <ucontext.h>

/**
 * Sets the interrupted context back to its system call if that would fail with EINTR, has no other effect, and may be
 * made again. Its time limit then begins anew. The number of the call is that of the instruction before it ("mov
 * $number, %eax; syscall", as in glibc up to 2.40), or what libc/data/call_number.h finds; a call that is not made in this way keeps its EINTR, and so does one
 * that another signal is to end. In the handler, with all signals blocked. Returns whether the call is made again.
 */
bool safe_again(ucontext_t *context);

#endif
