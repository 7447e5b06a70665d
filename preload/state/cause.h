/* SPDX-License-Identifier: MIT */
/* What caused a fault, as far as containment asks. */
#ifndef CRUMPLE_PRELOAD_STATE_CAUSE_H
#define CRUMPLE_PRELOAD_STATE_CAUSE_H

enum safe_cause {
    SAFE_CAUSE_FAULT = 0,     /* raised by an instruction */
    SAFE_CAUSE_ABORT = 1,     /* the application's own abort() or assert() */
    SAFE_CAUSE_EXCEPTION = 2, /* an uncaught C++ exception, found in the search phase */
    SAFE_CAUSE_SENT = 3,      /* kill, raise, sigqueue */
    SAFE_CAUSE_LIBC = 4       /* heap corruption, stack smashing, fortify: libc aborts by itself */
};

#endif
