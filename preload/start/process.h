/* SPDX-License-Identifier: MIT */
/* Facts of the process that a fault needs and can't find out any more. Collected in the constructor. */
#ifndef PRELOAD_START_PROCESS_H
#define PRELOAD_START_PROCESS_H

#include "start/config.h"
#include "start/start.h"

/* Fills exe and exe_name. */
void facts_find_exe(struct crumple_config *config, char **envp);
/* Fills everything else that start_up() does not choose. */
void facts_find(struct crumple_config *config, const struct start_libc *libc, char **argv, char **envp);

/* Whether the program has more rights than who started it (setuid, file capabilities; ld.so(8), secure
 * execution): LD_PRELOAD does not reach it, /etc/ld.so.preload does. */
bool facts_is_privileged(void);

#endif
