/* SPDX-License-Identifier: MIT */
/* prctl: PR_SET_DUMPABLE tells whether the program wants its memory in a core, and what comes before a filter of system calls that it makes one.
 * All else is handed on. */
#include <errno.h>
#include <stdarg.h>
#include <sys/prctl.h>

#include "hold/hold.h"
#include "loader/real.h"
#include "state/dumpable.h"
#include "base/sys.h"

static int call(int option, const unsigned long *words)
{
    if (real.prctl)
        return real.prctl(option, words[0], words[1], words[2], words[3]);
    /* Before our constructor; nothing is looked up here. */
    long result = safe_call(SYS_prctl, option, words[0], words[1], words[2], words[3]);
    if (!safe_is_error(result))
        return (int)result;
    errno = (int)-result;
    return -1;
}

/* libc's own takes four words, whatever the option needs (sysdeps/unix/sysv/linux/prctl.c). */
HOOK int prctl(int option, ...)
{
    unsigned long words[4];
    va_list list;
    va_start(list, option);
    for (int i = 0; i < 4; i++)
        words[i] = va_arg(list, unsigned long);
    va_end(list);
    /* A 0 is noted before, a 1 after the call: a thread that faults meanwhile is not captured by mistake. */
    if (option == PR_SET_DUMPABLE && words[0] == 0)
        safe_dumpable_note(false);
    /* libseccomp and all without CAP_SYS_ADMIN set no_new_privs first. */
    if (option == PR_SET_NO_NEW_PRIVS || option == PR_SET_SECCOMP)
        safe_hold_filtered();
    int error = call(option, words);
    if (option == PR_SET_DUMPABLE && words[0] == 1 && error == 0)
        safe_dumpable_note(true);
    return error;
}
