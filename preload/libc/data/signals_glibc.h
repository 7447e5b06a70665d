/* SPDX-License-Identifier: MIT */
/* Safe file: sysdeps/unix/sysv/linux/internal-signals.h. */
#ifndef CRUMPLE_PRELOAD_LIBC_DATA_SIGNALS_GLIBC_H
#define CRUMPLE_PRELOAD_LIBC_DATA_SIGNALS_GLIBC_H

#include "base/sys.h"

#define LIBC_STOP_SIGNAL 33 /* SIGSETXID */
/* and SIGCANCEL, which is SIGTIMER, too */
#define LIBC_SIGNALS        (SAFE_SIGBIT(32) | SAFE_SIGBIT(33))
#define LIBC_TELLS_RESTORER 1

#endif
