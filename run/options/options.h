/* SPDX-License-Identifier: MIT */
/* The command line and the variables of crumple-run: see include/crumple_run_options.h. */
#ifndef CRUMPLE_RUN_OPTIONS_OPTIONS_H
#define CRUMPLE_RUN_OPTIONS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* Of an option that has a default of its own where it is not given. */
enum run_switch { RUN_UNSET, RUN_OFF, RUN_ON };

/* GOTRACEBACK=all for a program that is known to be Go, for any, for none. */
enum run_go_traceback { RUN_GO_AUTO, RUN_GO_ALL, RUN_GO_KEEP };

enum run_restart { RUN_RESTART_NO, RUN_RESTART_ON_CRASH, RUN_RESTART_ALWAYS };

struct run_settings {
    bool group, subreaper, warn_reaped, verbose, by_signal, no_preload, no_hold;
    enum run_restart restart;
    int64_t backoff_first_us, backoff_most_us;
    struct run_rate {
        uint32_t count;
        int64_t period_us;
    } restart_limit;
    int64_t hold_max_us;
    const char *health; /* NULL: none */
    int stop_signal;    /* 0: by the program's name */
    enum run_switch keep_output;
    enum run_go_traceback go_traceback;
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
