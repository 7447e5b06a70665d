/* SPDX-License-Identifier: MIT */
/*
 * Every interposed function, once. The types come from libc's own headers, so that they cannot drift; call
 * sites read real.pthread_create(...). The table is filled once in the constructor and read-only afterwards.
 *
 * REQUIRED: libc always has it. OPTIONAL: may be absent (libpthread not loaded before glibc 2.34, newer
 * functions).
 */
#ifndef CRUMPLE_PRELOAD_LOADER_REAL_H
#define CRUMPLE_PRELOAD_LOADER_REAL_H

#include <assert.h>
#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HOOK __attribute__((visibility("default")))

typedef void (*real_handler)(int);
/** Declared by some versions of libc's headers only. */
extern real_handler bsd_signal(int sig, real_handler handler);
extern real_handler sysv_signal(int sig, real_handler handler);
extern real_handler __sysv_signal(int sig, real_handler handler);
extern real_handler ssignal(int sig, real_handler handler);
extern int __sigaction(int sig, const struct sigaction *act, struct sigaction *old);
extern real_handler sigset(int sig, real_handler handler);
extern int sigignore(int sig);
extern int sighold(int sig);
extern int sigrelse(int sig);
extern int siginterrupt(int sig, int interrupt);
extern int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
                       size_t room);
extern int epoll_pwait2(int fd, struct epoll_event *events, int count, const struct timespec *timeout,
                        const sigset_t *mask);
extern void __assert_perror_fail(int error, const char *file, unsigned line, const char *function);
/** <threads.h> is also the name of a file of ours, and old versions have none. */
extern int thrd_create(pthread_t *thread, int (*routine)(void *), void *argument);
extern int close_range(unsigned first, unsigned last, int flags);
extern int execveat(int dir, const char *path, char *const argv[], char *const envp[], int flags);
extern int pthread_attr_getsigmask_np(const pthread_attr_t *attr, sigset_t *mask);
/** A variable: where a thread's words for rseq(2) are (<sys/rseq.h>, since glibc 2.35). */
extern const ptrdiff_t __rseq_offset;
extern int __cxa_atexit(void (*function)(void *), void *argument, void *object);

#define REAL_REQUIRED(X)                                                                                     \
    X(sigaction)                                                                                             \
    X(signal)                                                                                                \
    X(sigset)                                                                                                \
    X(sigprocmask)                                                                                           \
    X(sigaltstack)                                                                                           \
    X(abort)                                                                                                 \
    X(exit)                                                                                                  \
    X(_exit)                                                                                                 \
    X(_Exit)                                                                                                 \
    X(fork)                                                                                                  \
    X(sigsuspend)                                                                                            \
    X(ppoll)                                                                                                 \
    X(pselect)                                                                                               \
    X(epoll_pwait)                                                                                           \
    X(execv)                                                                                                 \
    X(execve)                                                                                                \
    X(execvp)                                                                                                \
    X(execvpe)                                                                                               \
    X(fexecve)                                                                                               \
    X(setuid)                                                                                                \
    X(seteuid)                                                                                               \
    X(setreuid)                                                                                              \
    X(setresuid)                                                                                             \
    X(chroot)                                                                                                \
    X(unshare)                                                                                               \
    X(setns)                                                                                                 \
    X(daemon)                                                                                                \
    X(madvise)                                                                                               \
    X(connect)                                                                                               \
    X(bind)                                                                                                  \
    X(listen)                                                                                                \
    X(unlink)                                                                                                \
    X(unlinkat)                                                                                              \
    X(prctl)

#define REAL_OPTIONAL(X)                                                                                     \
    X(pthread_create)                                                                                        \
    X(pthread_sigmask)                                                                                       \
    X(thrd_create)                                                                                           \
    X(__ppoll_chk)                                                                                           \
    X(epoll_pwait2)                                                                                          \
    X(forkpty)                                                                                               \
    X(close_range)                                                                                           \
    X(execveat)                                                                                              \
    X(__assert_fail)                                                                                         \
    X(__assert_perror_fail)                                                                                  \
    X(quick_exit)                                                                                            \
    X(dlclose)

/* Not interposed, but used if present: before glibc 2.34 some are in libpthread. */
#define REAL_USED(X)                                                                                         \
    X(pthread_exit)                                                                                          \
    X(pthread_setcanceltype)                                                                                 \
    X(pthread_setcancelstate)                                                                                \
    X(pthread_key_create)                                                                                    \
    X(pthread_setspecific)                                                                                   \
    X(pthread_rwlock_unlock)                                                                                 \
    X(pthread_attr_getstacksize)                                                                             \
    X(pthread_attr_getguardsize)                                                                             \
    X(pthread_attr_init)                                                                                     \
    X(pthread_attr_getsigmask_np)                                                                            \
    X(clock_gettime)                                                                                         \
    X(__rseq_offset)                                                                                         \
    X(__cxa_atexit)

struct real {
#define REAL_MEMBER(name) __typeof__(name) *name;
    REAL_REQUIRED(REAL_MEMBER)
    REAL_OPTIONAL(REAL_MEMBER)
    REAL_USED(REAL_MEMBER)
};

extern struct real real;

/** Resolves the table. Returns NULL, or the name of a required function that libc does not have. Not
 * signal-safe. */
const char *real_resolve(void);

/** True if another interposer of sigaction is between crumple and libc. */
bool real_is_interposed(void);
/** Returns the function that calls of this name in the loaded objects reach; NULL if there is none. If the
 * program itself defines it, it may be anything: returns NULL and sets *ret_own. Not signal-safe. */
void *real_shared(const char *name, bool *ret_own);

/**
 * Makes sure the table is filled: constructors that run before ours may call hooks (glibc before 2.34, where
 * libpthread's -z initfirst wins over ours). Ends the process if libc lacks a required function, because
 * nothing else could be right.
 */
void real_make(void);
static inline void real_need(void)
{
    if (!real.sigaction)
        real_make();
}

#endif
