/* SPDX-License-Identifier: MIT */
/* What the keeper does. All of it runs in the keeper. own: the keeper's stack, where no lock of the host's
 * lies. */
#ifndef PRELOAD_CONTAIN_KEEPER_WORK_H
#define PRELOAD_CONTAIN_KEEPER_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "contain/keeper.h"
#include "proc/lock_words.h"

/* A core of the faulting thread, the writer's verdict, the bundle. */
enum safe_answer safe_chores_capture(const struct safe_scan_skip *own);
/* A counted line for the fault, instead of a bundle. */
enum safe_answer safe_chores_count(const struct safe_scan_skip *own);
/* Once a tick: watched threads, events, crumple.prom. */
void safe_chores_do(uint64_t now_ns, int host);
/* Before the keeper goes: what is still unwritten. */
void safe_chores_last(void);
/* A thread is still watched, or something is unwritten. */
bool safe_chores_pending(void);

#endif
