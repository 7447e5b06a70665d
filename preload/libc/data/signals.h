/* SPDX-License-Identifier: MIT */
/*
 * Safe file: the signals that libc keeps for itself. No program can block them, wait for them or handle them by libc's
 * functions. LIBC_STOP_SIGNAL is the one that libc sends to all threads in setuid(): by it threads are stopped, and a
 * dump is asked for; LIBC_STOP_SIGNAL_IS_DROPPED where libc then takes the handler away. LIBC_SIGNALS has all of them, as
 * bits; LIBC_HIDDEN_SIGNALS those that sigprocmask() leaves out of the mask that it tells. LIBC_TELLS_RESTORER:
 * sigaction() fills in sa_restorer. LIBC_BLOCKS_IN_C11_THREADS: thrd_create() starts a thread with all signals blocked,
 * whatever its maker's mask. Constants, as the hooks of masks count instructions.
 */
#ifndef CRUMPLE_PRELOAD_LIBC_DATA_SIGNALS_H
#define CRUMPLE_PRELOAD_LIBC_DATA_SIGNALS_H

#include <signal.h>

#ifdef __GLIBC__
#include "libc/data/signals_glibc.h"
#else
#include "libc/data/signals_musl.h"
#endif

#endif
