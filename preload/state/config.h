/* SPDX-License-Identifier: MIT */
/* The configuration and the facts of the start: filled once by the constructor, then a read-only page. */
#ifndef CRUMPLE_PRELOAD_STATE_CONFIG_H
#define CRUMPLE_PRELOAD_STATE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/io.h"
#include "state/rules.h"

#define CONFIG_PATH_BYTES    1024
#define CONFIG_ENVIRON_BYTES 32768
#define CONFIG_KEEP_BYTES    160

struct crumple_config {
    /* From CRUMPLE_ variables (include/crumple_options.h). */
    bool enabled;
    char dir[CONFIG_PATH_BYTES];
    char only[256];
    int stderr_mode;
    uint64_t stack_bytes;
    uint64_t timeout_ns;
    uint64_t handler_ns; /* CRUMPLE_HANDLER; 0: no limit */
    int wait_mode;
    int exit_mode; /* CRUMPLE_EXIT_... */
    /* CRUMPLE_SIGNALS: as bits; those that any thread may get, or only others than the main one. */
    uint64_t signals;
    bool signals_in_threads;
    char writer[CONFIG_PATH_BYTES];
    uint32_t own_uid; /* the owner of libcrumple.so; 0: not known */

    /* CRUMPLE_RECOVER: in the order of the variable, the first that matches wins. */
    bool recover; /* some rule is not 'crash'; otherwise nothing of containment is prepared */
    uint32_t rule_count;
    struct safe_rule rules[SAFE_RULES_MAX];
    /* CRUMPLE_BREAKER */
    struct safe_breaker_rules breaker;
    bool breaker_rejects;  /* open=reject: pthread_create fails while a routine's breaker is open */
    uint32_t breaker_life; /* life=32: so many threads may be ended; the next fault is a crash. 0: no limit */
    bool breaker_peers;    /* peer=on: connections of peers whose threads keep faulting are refused */
    /* CRUMPLE_BACKOFF */
    uint64_t backoff_first_ns, backoff_most_ns, restart_window_ns;
    uint32_t restarts_most; /* in the window; one more and the routine parks or the process dies */
    /* CRUMPLE_KEEP */
    uint32_t keep_count, keep_free_percent, keep_signature;
    uint64_t keep_bytes, keep_signature_ns;
    char keep_text[CONFIG_KEEP_BYTES]; /* the same, complete and without units but 's', for the writer */

    /* Facts of the start. */
    char exe_file[CONFIG_PATH_BYTES];     /* /proc/self/exe */
    char exe[CONFIG_PATH_BYTES];          /* the same file, by the path it was started with */
    char exe_name[40];                    /* its last component, reduced to what a bundle's name may hold */
    char fallback_dir[CONFIG_PATH_BYTES]; /* ${TMPDIR:-/tmp}, where no crash directory can be used */
    char hostname[65];
    struct safe_identity writer_id, stderr_id;
    struct safe_identity root_id; /* of "/" */
    bool has_stderr;
    uint64_t stack_end; /* where main's live stack ends and argv, environment begin */
    /* the strings of argv, and behind them those of the environment, as the kernel laid them */
    uint64_t args;
    uint64_t environ_start, environ_end;
    uint64_t environ_variable; /* address of libc's 'environ', or 0 */
    uint64_t environ_head;     /* the first eight bytes there, at the start */
    uint64_t auxv;             /* address of the auxiliary vector */
    uint64_t auxv_bytes;
    uint64_t vdso;                           /* AT_SYSINFO_EHDR */
    uint64_t r_debug;                        /* address of _r_debug */
    uint64_t stderr_file;                    /* address of stdio's stderr, or 0 */
    uint64_t abort_msg;                      /* address of glibc's __abort_msg, or 0 */
    uint64_t libc_restorer;                  /* address of glibc's signal trampoline, or 0 */
    char environ_text[CONFIG_ENVIRON_BYTES]; /* redacted, NUL-separated */
    uint32_t environ_bytes;
};

/*
 * Writer: start_up() (start/start.c). Readers: everything, in any context. Lifetime: the process; NULL before
 * the constructor, and forever if crumple stays out of this program. Read-only after start_up().
 */
extern const struct crumple_config *crumple_config;

#endif
