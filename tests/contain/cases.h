/* SPDX-License-Identifier: MIT */
/*
 * The cases: one program with a thread that faults in many ways, and a main thread that looks at what the
 * fault has left behind.
 *
 *   cases [--std|--detached|--main] CASE      'cases list' names them all
 *
 * Most cases exist twice: CASE has a lock of its own at the fault, CASE_free has none. What a test must know
 * is written to stdout as 'key=value' lines. The crime is armed for the first thread that runs a case; a
 * second thread then runs the same code disarmed and must get to its end: what the first one has left locked
 * or half made stops it.
 */
#ifndef CASES_H
#define CASES_H

#include "facts.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#ifdef __clang__
#define NOINLINE __attribute__((noinline))
#else
#define NOINLINE __attribute__((noinline, noipa))
#endif
/* Keeps a call from being the last thing of its function, which would make it a jump. */
#define STAY() __asm__ volatile("" ::: "memory")

#ifdef __cplusplus
extern "C" {
#endif

struct recovery_case {
    const char *name;
    void (*run)(void);
};

/* The families; each table ends with an empty name. In those of C, the names' _free variants are implied. */
extern const struct recovery_case guard_cases[];     /* C++, a guard around the fault */
extern const struct recovery_case unwind_cases[];    /* C++, what the unwinding meets */
extern const struct recovery_case once_cases[];      /* C++, in the middle of what is done once */
extern const struct recovery_case exception_cases[]; /* C++ exceptions that nobody catches */
extern const struct recovery_case fault_cases[];     /* kinds of faults, nothing held */
extern const struct recovery_case libc_cases[];      /* faults inside of libc */
extern const struct recovery_case cleanup_cases[];   /* pthread_cleanup_push in C, cancellation */
extern const struct recovery_case lock_cases[];      /* one for each kind of lock */
extern const struct recovery_case walk_cases[];      /* unwinders at work during the ending */

/* What a case misuses. Disarmed, every member is harmless. */
struct poison {
    int *address;                               /* NULL */
    int *wild;                                  /* far from NULL, not mapped */
    char *text;                                 /* near NULL */
    void (*null_call)(void);                    /* NULL */
    void (*wild_call)(void);                    /* an address that is not mapped */
    int (*compare)(const void *, const void *); /* faults */
    int divisor;                                /* 0 */
};
extern volatile struct poison poison;
extern volatile bool armed;
extern bool hold; /* the case's name has no _free: take the lock */
void arm(void);
void disarm(void);
extern char sink[256]; /* where benign writes go */

/* crimes.c, nounwind.c: in a translation unit of C, so that the callers must expect anything of them. */
void c_fault(void);
int c_leaf_in_red_zone(void);
void c_call(void (*function)(void));
void nounwind_fault(void);
void nounwind_call(void (*function)(void));

/* What has run, counted. */
struct ran {
    int destructor, thread_local_destructor, tsd_destructor, cleanup;
};
extern volatile struct ran ran;

/* The locks of the cases. */
struct case_locks {
    pthread_mutex_t mutex, robust;
    pthread_rwlock_t rwlock;
    pthread_spinlock_t spin;
    int file; /* descriptor */
};
extern struct case_locks locks;
void locks_prepare(void);
bool std_mutex_is_free(void);

/* probes.c */
void probe_locks(void);
bool probe_libc(void); /* malloc and the time zone's lock still work in another thread */
void start_innocent(void);
bool innocent_progresses(void);

/* std_thread.cpp */
pthread_t start_std_thread(void *(*routine)(void *), void *argument); /* never freed: nobody joins by std */
void use_thread_local(void);

/* main.c; the routine that the policy names */
void *victim_main(void *argument);

#ifdef __cplusplus
}
#endif

#endif
