/* SPDX-License-Identifier: MIT */
/*
 * Recovery frames: the ordinary half of containment. Each wrapped thread runs its routine inside one. A
 * thread that must end arrives here by a trampoline (recover_end) or by a jump, in ordinary context, outside
 * any handler.
 */
#ifndef PRELOAD_END_FRAME_H
#define PRELOAD_END_FRAME_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "state/altstack.h"

/* Functions of libc that may live in libpthread (glibc before 2.34); NULL: there are none. */
struct recover_libc {
    void (*pthread_exit)(void *);
    int (*pthread_setcancelstate)(int, int *);
    int (*pthread_setcanceltype)(int, int *);
    int (*pthread_key_create)(pthread_key_t *, void (*)(void *));
    int (*pthread_setspecific)(pthread_key_t, const void *);
    void (*register_cancel)(__pthread_unwind_buf_t *);
    void (*unregister_cancel)(__pthread_unwind_buf_t *);
    int (*pthread_rwlock_unlock)(pthread_rwlock_t *);
    int (*pthread_attr_getstacksize)(const pthread_attr_t *, size_t *);
    int (*pthread_attr_getguardsize)(const pthread_attr_t *, size_t *);
    int (*pthread_attr_init)(pthread_attr_t *);
    int (*backtrace)(void **, int);
    int (*clock_gettime)(clockid_t, struct timespec *);
    int (*cxa_atexit)(void (*)(void *), void *, void *);
    void *(*find)(const char *);                         /* any symbol */
    void *(*find_in)(const char *library, const char *); /* of a library that is loaded, or NULL */
};

/*
 * At the first pthread_create of a process with CRUMPLE_RECOVER: loads the unwinder, which must not be loaded
 * by a thread that is being ended, and prepares the tables. Once. False: nothing is contained.
 */
bool recover_prepare(const struct recover_libc *libc);

/* Before a thread is created: its routine and its run. False: the routine's breaker rejects it (EAGAIN). */
bool recover_admit(struct safe_altstack *a, const pthread_attr_t *attr);
/* Takes the admission back: the thread could not be created. */
void recover_withdraw(struct safe_altstack *a);

/* Runs the routine inside a recovery frame, repeatedly if the policy says 'restart'. */
void *recover_run(struct safe_altstack *a, void *(*routine)(void *), void *argument);

/* The unwinder leaves the recovery frame: the thread has called pthread_exit, or was cancelled. */
void recover_left(void);

/* The process begins to end: no fault is contained from now on. Not in a vfork child. */
void recover_exiting(void);
/* Dismisses the keeper, right before the process ends. */
void recover_gone(void);

/* Refreshes the facts about loaded objects (code, interpreters) if their list has changed or an earlier
 * refresh was postponed. Never waits for the loader. */
void recover_look_at_code(bool changed);

/* Called by the trampolines of an ending, on the thread's own stack below the interrupted frame. */
void recover_end(void) __attribute__((noreturn));

/* The outermost frame below the recovery frame. preload/end/invoke_x86_64.S */
void *recover_invoke(void *(*routine)(void *), void *argument);

#endif
