/* SPDX-License-Identifier: MIT */
/* The command line of crumple-writer. */
#ifndef CRUMPLE_WRITER_OPTIONS_H
#define CRUMPLE_WRITER_OPTIONS_H

#include "die_of.h"
#include "ledger/keep.h"
#include "report/summary.h"

struct options {
    const char *core_path;
    const char *sysroot;           /* --sysroot: the root of the machine that crashed; NULL: this one */
    const char *display_directory; /* name of the directory in messages; NULL: as in core_path */
    enum summary_mode summary;
    int status_fd;          /* -1: none */
    struct die_of die_of;   /* --die-of: this process is the one that crashed */
    int limit_ms;           /* --supervise: so long in all; 0: do the work in this process */
    int core_fd;            /* --core-fd: the core is there and no file, core_path is NAME; else -1 */
    int exe_fd;             /* --exe-fd: the process waits, and its executable's file is there; else -1 */
    int peek_from, peek_to; /* --peek: on which the process answers, and is asked; else -1 */
    const char *metrics_directory; /* --metrics: no core, only upkeep there; else NULL */
    bool is_asked;                 /* the reader of status_fd waits for a verdict, if the core asks for one */
    bool is_again;                 /* after an earlier writer of the same process's */
    bool is_sandboxed; /* the core may be hostile: give up all rights that finishing it does not need */
    struct retain_rules keep;
};

/** Parses the command line. Returns 0, 1 if it was --help or --version (printed), -EINVAL if it is wrong
 * (printed). */
int options_parse(int argc, char **argv, struct options *ret_options);

#endif
