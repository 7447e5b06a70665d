/* SPDX-License-Identifier: MIT */
/* Facts of the process that a fault needs but can no longer find out. Collected in the constructor. */
#ifndef CRUMPLE_PRELOAD_START_PROCESS_H
#define CRUMPLE_PRELOAD_START_PROCESS_H

#include "state/config.h"

/** Fills exe and exe_name. */
void process_find_exe(struct crumple_config *config, char **envp);
/** Fills all other members that start_up() does not choose. */
void process_find(struct crumple_config *config, char **argv, char **envp);

/** True if the program has more rights than the user who started it (setuid, file capabilities; ld.so(8),
 * secure execution). LD_PRELOAD does not reach such a program, but /etc/ld.so.preload does. */
bool process_is_privileged(void);

#endif
