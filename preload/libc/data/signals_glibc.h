/* SPDX-License-Identifier: MIT */
/* Safe file: sysdeps/unix/sysv/linux/internal-signals.h. */
#ifndef CRUMPLE_PRELOAD_LIBC_DATA_SIGNALS_GLIBC_H
#define CRUMPLE_PRELOAD_LIBC_DATA_SIGNALS_GLIBC_H

#include "base/sys.h"

#define LIBC_STOP_SIGNAL 33 /* SIGSETXID */
/* and SIGCANCEL, which is SIGTIMER, too */
#define LIBC_SIGNALS        (SAFE_SIGBIT(32) | SAFE_SIGBIT(33))
#define LIBC_HIDDEN_SIGNALS UINT64_C(0)
#define LIBC_TELLS_RESTORER 1

#define LIBC_STOP_SIGNAL_IS_DROPPED 0
/* What the handlers of System V's signal() are called with: once, and not blocked meanwhile (signal/sysv_signal.c). */
#define LIBC_SYSV_FLAGS            (SA_RESETHAND | SA_NODEFER | 0x20000000 /* SA_INTERRUPT */)
#define LIBC_BLOCKS_IN_C11_THREADS 0

#endif
