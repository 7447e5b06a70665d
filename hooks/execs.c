/* SPDX-License-Identifier: MIT */
/*
 * What may exec: the exec family, system, popen. All of it may run in a vfork child or a signal handler.
 * (posix_spawn is left alone: libc has two versions of it that behave differently, and a hook cannot know
 * which of them its caller was linked to.)
 *
 * A synchronous signal that the application believes blocked is handed down blocked (disposition.h). And exec
 * while another thread's fault is being captured: the signal that stops this thread would stay pending over
 * the exec and kill the new program. So either the fault is first, and then this thread waits for the end
 * that it brings; or the exec is, and then it is not signalled.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include "disposition.h"
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

/* CALL is made with the believed mask in force; its result and errno are the hook's. */
#define HANDING_DOWN(type, CALL)                                                                             \
    do {                                                                                                     \
        uint64_t handed = disposition_hand_down();                                                           \
        type result = (CALL);                                                                                \
        disposition_take_back(handed);                                                                       \
        return result;                                                                                       \
    } while (0)

/* The same of a call that replaces this program. */
#define EXECUTING(CALL)                                                                                      \
    do {                                                                                                     \
        bool known = begin();                                                                                \
        uint64_t handed = disposition_hand_down();                                                           \
        int result = (CALL);                                                                                 \
        disposition_take_back(handed);                                                                       \
        return end(known, result);                                                                           \
    } while (0)

HOOK int execve(const char *path, char *const argv[], char *const envp[])
{
    real_need();
    EXECUTING(real.execve(path, argv, envp));
}

HOOK int execv(const char *path, char *const argv[])
{
    real_need();
    EXECUTING(real.execv(path, argv));
}

HOOK int execvp(const char *file, char *const argv[])
{
    real_need();
    EXECUTING(real.execvp(file, argv));
}

HOOK int execvpe(const char *file, char *const argv[], char *const envp[])
{
    real_need();
    EXECUTING(real.execvpe(file, argv, envp));
}

HOOK int fexecve(int fd, char *const argv[], char *const envp[])
{
    real_need();
    EXECUTING(real.fexecve(fd, argv, envp));
}

HOOK int execveat(int dir, const char *path, char *const argv[], char *const envp[], int flags)
{
    real_need();
    if (!real.execveat) {
        errno = ENOSYS;
        return -1;
    }
    EXECUTING(real.execveat(dir, path, argv, envp, flags));
}

/* The list forms become arrays on the stack, as in libc. */
static size_t count_list(va_list list)
{
    size_t n = 1;
    while (va_arg(list, char *))
        n++;
    return n;
}

static void copy_list(char **argv, const char *first, size_t n, va_list list)
{
    size_t i;
    argv[0] = (char *)first;
    for (i = 1; i <= n; i++) /* with the NULL at the end */
        argv[i] = va_arg(list, char *);
}

#define COUNT_LIST(first, count)                                                                             \
    va_list list;                                                                                            \
    size_t count;                                                                                            \
    va_start(list, first);                                                                                   \
    count = count_list(list);                                                                                \
    va_end(list);                                                                                            \
    va_start(list, first)

HOOK int execl(const char *path, const char *first, ...)
{
    COUNT_LIST(first, n);
    char *argv[n + 1];
    copy_list(argv, first, n, list);
    va_end(list);
    return execv(path, argv);
}

HOOK int execlp(const char *file, const char *first, ...)
{
    COUNT_LIST(first, n);
    char *argv[n + 1];
    copy_list(argv, first, n, list);
    va_end(list);
    return execvp(file, argv);
}

HOOK int execle(const char *path, const char *first, ...)
{
    COUNT_LIST(first, n);
    char *argv[n + 1], *const *envp;
    copy_list(argv, first, n, list);
    envp = va_arg(list, char *const *);
    va_end(list);
    return execve(path, argv, envp);
}

HOOK int system(const char *command)
{
    real_need();
    HANDING_DOWN(int, real.system(command));
}

HOOK FILE *popen(const char *command, const char *mode)
{
    real_need();
    HANDING_DOWN(FILE *, real.popen(command, mode));
}
