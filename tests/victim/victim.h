/* SPDX-License-Identifier: MIT */
/*
 * The victim: one program that knows many ways to die, one verb for each.
 *
 *   victim [--main|--worker] VERB [ARGUMENT...]
 *
 * A verb is a line in the table of its family's file. It prepares what it needs, calls announce(), and
 * commits its crime. What a test must know is written to stdout as 'key=value' lines, by write(2): a fact
 * counts even if the next instruction is the last one.
 */
#ifndef VICTIM_H
#define VICTIM_H

#include <stddef.h>
#include <sys/types.h>

#define NOINLINE __attribute__((noinline, noipa))

enum place { IN_MAIN, IN_WORKER };

struct verb {
    const char *name;
    enum place place; /* the thread that runs it */
    void (*run)(char **arguments);
};

/* The families; each table ends with an empty name. */
extern const struct verb memory_verbs[];
extern const struct verb arithmetic_verbs[];
extern const struct verb abort_verbs[];
extern const struct verb smash_verbs[];
extern const struct verb signal_verbs[];
extern const struct verb lock_verbs[];
extern const struct verb allocator_verbs[];
extern const struct verb thread_verbs[];
extern const struct verb waiting_verbs[];
extern const struct verb bare_thread_verbs[];
extern const struct verb stack_verbs[];
extern const struct verb leap_verbs[];
extern const struct verb surroundings_verbs[];
extern const struct verb reaping_verbs[];
extern const struct verb handler_verbs[];
extern const struct verb view_verbs[];
extern const struct verb exit_verbs[];
extern const struct verb message_verbs[];
extern const struct verb child_verbs[];
extern const struct verb identity_verbs[];
extern const struct verb limit_verbs[];
extern const struct verb filter_verbs[];
extern const struct verb rare_verbs[];
extern const struct verb busy_verbs[];
extern const struct verb survivor_verbs[];
extern const struct verb beside_verbs[];
extern const struct verb loader_verbs[];
extern const struct verb init_verbs[];
extern const struct verb library_verbs[];
extern const struct verb dump_verbs[];

/* facts.c: what the tests are told. */
void fact(const char *key, const char *format, ...) __attribute__((format(printf, 2, 3)));
void announce(void); /* pid, tid and the number of tasks: the last thing before the crime */
size_t count_tasks(void);
_Noreturn void give_up(const char *what); /* a victim that cannot even commit its crime: exit 70 */
pid_t own_tid(void);

/* crew.c: other threads to be around. */
typedef void *(*routine)(void *);
void start_thread_of(routine run, void *argument); /* small stack, detached in spirit: nobody joins */
void arrive(void);                                 /* a thread says that it is where it should be */
void await_arrivals(unsigned count);
void *park(void *unused); /* arrives, then waits for ever */
_Noreturn void sleep_for_ever(void);

/* The plainest crime, shared by the verbs whose point is what else is going on. */
void write_through_null(void);

#endif
