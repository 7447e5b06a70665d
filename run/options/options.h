/* SPDX-License-Identifier: MIT */
/* The command line and the variables of crumple-run: see include/crumple_run_options.h. */
#ifndef CRUMPLE_RUN_OPTIONS_OPTIONS_H
#define CRUMPLE_RUN_OPTIONS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct run_settings {
    bool group, subreaper, warn_reaped, verbose, by_signal, no_preload, keep_output;
    int64_t stop_dump_us, on_bundle_timeout_us;
    const char *termination_log, *on_bundle, *metrics_addr; /* NULL: none */
    int parent_death;                                       /* a signal; 0: none */
    uint32_t remap[256 / 32];                               /* bits */
    char **command;                                         /* ends with NULL; within argv */
};

/**
 * Reads the variables, then the options. An option of the preload becomes its variable in this process's environment.
 * Returns 0; 1 if it was --help or --version (printed); -EINVAL if an option is wrong (printed): a wrong variable is printed
 * and ignored, because a server must not stay down for it.
 */
int run_options_parse(int argc, char **argv, struct run_settings *ret);

bool run_options_remaps(const struct run_settings *settings, int status);

#endif
