/* SPDX-License-Identifier: MIT */
/* Safe file: src/internal/pthread_impl.h. */
#ifndef CRUMPLE_PRELOAD_LIBC_DATA_SIGNALS_MUSL_H
#define CRUMPLE_PRELOAD_LIBC_DATA_SIGNALS_MUSL_H

#include "base/sys.h"

#define LIBC_STOP_SIGNAL 34 /* SIGSYNCCALL */
/* and SIGTIMER, SIGCANCEL */
#define LIBC_SIGNALS        (SAFE_SIGBIT(32) | SAFE_SIGBIT(33) | SAFE_SIGBIT(34))
#define LIBC_HIDDEN_SIGNALS LIBC_SIGNALS
#define LIBC_TELLS_RESTORER 0

/* After setuid() and its kin with other threads it is ignored (src/thread/synccall.c). */
#define LIBC_STOP_SIGNAL_IS_DROPPED 1
/* There is only one signal() (src/signal/signal.c). */
#define LIBC_SYSV_FLAGS SA_RESTART
/* start_c11 (src/thread/pthread_create.c) leaves them as pthread_create has blocked them for the clone. */
#define LIBC_BLOCKS_IN_C11_THREADS 1

#endif
