/* SPDX-License-Identifier: MIT */
/* The tasks of a process, from /proc, which lists threads of any origin. In the helper and the keeper. */
#ifndef CRUMPLE_PRELOAD_PROC_TASKS_H
#define CRUMPLE_PRELOAD_PROC_TASKS_H

#include <stdint.h>

struct safe_tasks {
    int fd;
    long used, at;
    char buffer[8192] __attribute__((aligned(8)));
};

/** Returns 0 or a negative errno. */
int safe_tasks_open(struct safe_tasks *tasks, int pid);
int safe_tasks_open_path(struct safe_tasks *tasks, const char *path);
/** The next tid; 0 at the end. */
int safe_tasks_next(struct safe_tasks *tasks);
void safe_tasks_close(struct safe_tasks *tasks);

/** Returns the number of slots to provide: the present number of threads, and room for more. */
uint32_t safe_task_estimate(int pid);

/** Returns the parent of a process, 0 if unknown. */
int safe_task_parent(int pid);

/**
 * Returns the reason why a thread does not answer 'sig': an enum crumple_thread_reason, NONE if it should
 * answer. Fills in the thread's state letter and name.
 */
uint8_t safe_task_reason(int pid, int tid, int sig, char *ret_state, char name[16]);

#endif
