/* SPDX-License-Identifier: MIT */
/*
 * The exec family. All of it may run in a vfork child or a signal handler. (posix_spawn is left alone: libc
 * has two versions of it that behave differently, and a hook cannot know which of them its caller was linked
 * to; so are system and popen: the mask would be in force for as long as they wait.)
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

#include "state/config.h"
#include "calls/dumps.h"
#include "calls/masks.h"
#include "calls/privileged.h"
#include "hold/hold.h"
#include "loader/real.h"
#include "state/fault.h"

#define PAUSE_NS 20000000
#define DUMP_MS  3000 /* a dump does not take so long */

/* Takes a free place; NULL: all are taken. */
static _Atomic int *announce(int tid)
{
    for (int i = 0; i < SAFE_EXECS; i++) {
        int nobody = 0;
        if (__atomic_compare_exchange_n(&safe_state->exec_tid[i], &nobody, tid, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST))
            return &safe_state->exec_tid[i];
    }
    return NULL;
}

/* Waits while threads are stopped for a dump, and while the process dies, for no longer than that may take. Returns what end() is to clear. */
static _Atomic int *begin(void)
{
    const struct timespec pause = {0, PAUSE_NS}, moment = {0, 1000000};
    _Atomic int *place;
    if (!crumple_config || !safe_state || safe_state->pid != safe_getpid())
        return NULL;
    place = announce(safe_gettid());
    for (int i = 0; place && i < DUMP_MS && safe_dump_is_begun(safe_state); i++) {
        __atomic_store_n(place, 0, __ATOMIC_SEQ_CST);
        safe_call(SYS_nanosleep, &moment, NULL);
        place = announce(safe_gettid());
    }
    if (!place || !__atomic_load_n(&safe_state->dying, __ATOMIC_SEQ_CST)) {
        if (place)
            dumps_ignore();
        return place;
    }
    __atomic_store_n(place, 0, __ATOMIC_SEQ_CST);
    for (uint64_t i = 0; i < crumple_config->timeout_ns / PAUSE_NS * 2; i++)
        safe_call(SYS_nanosleep, &pause, NULL);
    return NULL;
}

/* It has failed. */
static void end(_Atomic int *place)
{
    if (place) {
        __atomic_store_n(place, 0, __ATOMIC_SEQ_CST);
        dumps_hear();
    }
}

/* CALL is made with the believed mask in force; its result and errno are the hook's. */
#define EXECUTING(CALL)                                                                                      \
    do {                                                                                                     \
        real_need();                                                                                         \
        _Atomic int *place = begin();                                                                        \
        const bool has_left = safe_hold_leave();                                                             \
        uint64_t handed = masks_hand_down();                                                                 \
        int result = (CALL);                                                                                 \
        masks_take_back(handed);                                                                             \
        end(place);                                                                                          \
        if (has_left)                                                                                        \
            safe_hold_again();                                                                               \
        return result;                                                                                       \
    } while (0)

HOOK int execve(const char *path, char *const argv[], char *const envp[])
{
    privileged_warn(path, envp, false);
    EXECUTING(real.execve(path, argv, envp));
}

HOOK int execv(const char *path, char *const argv[])
{
    privileged_warn(path, privileged_environ(), false);
    EXECUTING(real.execv(path, argv));
}

HOOK int execvp(const char *file, char *const argv[])
{
    privileged_warn(file, privileged_environ(), true);
    EXECUTING(real.execvp(file, argv));
}

HOOK int execvpe(const char *file, char *const argv[], char *const envp[])
{
    privileged_warn(file, envp, true);
    EXECUTING(real.execvpe(file, argv, envp));
}

HOOK int fexecve(int fd, char *const argv[], char *const envp[])
{
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
    argv[0] = (char *)first;
    for (size_t i = 1; i <= n; i++) /* with the NULL at the end */
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
