/* SPDX-License-Identifier: MIT */
/*
 * A dump: all threads of a process that lives are captured, and go on. It is asked for by crumple_dump() (include/crumple.h),
 * or by 'crumple dump' with a queued signal (LIBC_STOP_SIGNAL; CRUMPLE_DUMP_SIGNAL in include/crumple_format.h).
 *
 * The signal is glibc's SIGSETXID. No program can have a handler of it, wait for it or block it; the kernel's handler is
 * crumple's, which hands on to glibc's what is not a request. glibc installs its own with the first thread, so crumple's
 * is installed twice: at the start, and after the first pthread_create.
 */
#ifndef CRUMPLE_PRELOAD_CALLS_DUMPS_H
#define CRUMPLE_PRELOAD_CALLS_DUMPS_H

#include <stdbool.h>
#include <signal.h>

#include "calls/exits.h"
#include "libc/data/signals.h"

/** Installs the handler. In the constructor, and after a thread was made. */
void dumps_listen(void);
/** The same, once; or always where libc takes the handler away. */
void dumps_listen_again(void);
/** The same, where libc may just have taken the handler away. */
void dumps_take_back(void);
static inline void dumps_listen_anew(void)
{
    if (LIBC_STOP_SIGNAL_IS_DROPPED)
        dumps_take_back();
}

/** Before exec in a process without other threads: a request that comes now, or is on its way, must not be the end of the
 * program that follows. An ignored signal stays ignored over exec; posix_spawn() leaves this one so, too (glibc
 * sysdeps/unix/sysv/linux/spawni.c). */
void dumps_ignore(void);
/** That exec has failed. */
void dumps_hear(void);

/** True if the signal is a request of 'crumple dump'; *ret_token names it. */
bool dumps_is_request(const siginfo_t *info, uint32_t *ret_token);

/** crumple_dump(), with the registers of its caller. Returns what that returns. */
int dumps_call(const char *reason, const struct exits_registers *here);

#endif
