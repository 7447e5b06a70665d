/* SPDX-License-Identifier: MIT */
/* What the endings share: threads that fault, and what became of them. */
#ifndef ENDINGS_H
#define ENDINGS_H

#include <pthread.h>

#ifdef __cplusplus
extern "C" {
#endif

void write_null(void);
pthread_t start(void *(*routine)(void *), void *argument);
void tell_end(pthread_t thread); /* joins it; fact 'value' */
void *conn_main(void *action);   /* calls the void (*)(void), then faults */

/* endings_locks.c */
void read_cleanup(char **arguments);
void read_guard(char **arguments);
void unseen_lock(char **arguments);
void kept_lock(char **arguments);
void kept_lock_blocked(char **arguments);

/* endings_process.c */
void forked(char **arguments);
void last(char **arguments);
void stopped(char **arguments);
void other_user(char **arguments);
void race(char **arguments);

/* endings_cxx.cpp */
void read_under_guard(pthread_rwlock_t *lock); /* faults in the scope of an object that gives it back */
void run_each_of_many_routines(void);          /* more than the table of routines has room for, one by one */

#ifdef __cplusplus
}
#endif

#endif
