/* SPDX-License-Identifier: MIT */
/* The tasks of a process, by /proc: threads of any origin are in there. */
#ifndef PRELOAD_PROC_TASKS_H
#define PRELOAD_PROC_TASKS_H

#include <stdint.h>

struct safe_tasks {
    int fd;
    long used, at;
    char buffer[8192] __attribute__((aligned(8)));
};

/* Returns 0 or a negative errno. */
int safe_tasks_open(struct safe_tasks *tasks, int pid);
int safe_tasks_open_path(struct safe_tasks *tasks, const char *path);
/* The next tid; 0 at the end. */
int safe_tasks_next(struct safe_tasks *tasks);
void safe_tasks_close(struct safe_tasks *tasks);

/* How many slots to provide: the number of threads now and room for more. */
uint32_t safe_task_estimate(int pid);

/* The parent of a process, 0 where it cannot be told. */
int safe_task_parent(int pid);

/*
 * Why a thread that was sent 'sig' does not answer: an enum crumple_thread_reason, NONE when nothing speaks
 * against an answer. Fills its state letter and its name.
 */
uint8_t safe_task_reason(int pid, int tid, int sig, char *ret_state, char name[16]);

#endif
