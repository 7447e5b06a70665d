/* SPDX-License-Identifier: MIT */
/*
 * execve and its like, while another thread's fault is being captured. The signal that stops this thread
 * would stay pending over the exec and kill the new program. So either the fault is first, and then this
 * thread waits for the end that it brings; or the exec is, and then it is not signalled. (execl and its
 * variants call past this inside libc.)
 */
#include <stddef.h>
#include <time.h>

#include "real.h"
#include "safe_state.h"

#define PAUSE_NS 20000000

/* Waits while the process dies, for no longer than that may take. True: this thread is known to exec. */
static bool begin(void)
{
    const struct timespec pause = {0, PAUSE_NS};
    int nobody = 0;
    uint64_t i;
    if (!crumple_config || !safe_state || safe_state->pid != safe_getpid())
        return false;
    if (!__atomic_compare_exchange_n(&safe_state->exec_tid, &nobody, safe_gettid(), false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST))
        return false;
    if (!__atomic_load_n(&safe_state->dying, __ATOMIC_SEQ_CST))
        return true;
    __atomic_store_n(&safe_state->exec_tid, 0, __ATOMIC_SEQ_CST);
    for (i = 0; i < crumple_config->timeout_ns / PAUSE_NS * 2; i++)
        safe_call(SYS_nanosleep, &pause, NULL);
    return false;
}

/* It has failed. */
static int end(bool known, int rc)
{
    if (known)
        __atomic_store_n(&safe_state->exec_tid, 0, __ATOMIC_SEQ_CST);
    return rc;
}

HOOK int execve(const char *path, char *const argv[], char *const envp[])
{
    bool known;
    real_need();
    known = begin();
    return end(known, real.execve(path, argv, envp));
}

HOOK int execv(const char *path, char *const argv[])
{
    bool known;
    real_need();
    known = begin();
    return end(known, real.execv(path, argv));
}

HOOK int execvp(const char *file, char *const argv[])
{
    bool known;
    real_need();
    known = begin();
    return end(known, real.execvp(file, argv));
}

HOOK int execvpe(const char *file, char *const argv[], char *const envp[])
{
    bool known;
    real_need();
    known = begin();
    return end(known, real.execvpe(file, argv, envp));
}

HOOK int fexecve(int fd, char *const argv[], char *const envp[])
{
    bool known;
    real_need();
    known = begin();
    return end(known, real.fexecve(fd, argv, envp));
}
