/* SPDX-License-Identifier: MIT */
/* The configuration: read once in the constructor, then a read-only page. */
#ifndef PRELOAD_START_CONFIG_H
#define PRELOAD_START_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "track/breaker.h"
#include "contain/policy.h"

#define CONFIG_PATH_BYTES    1024
#define CONFIG_ENVIRON_BYTES 32768
#define CONFIG_KEEP_BYTES    160

/* Device and inode: how a file is known to be still the same. */
struct config_identity {
    uint64_t dev, ino;
};

struct crumple_config {
    /* From CRUMPLE_ variables (include/crumple_options.h). */
    bool enabled;
    char dir[CONFIG_PATH_BYTES];
    char only[256];
    int stderr_mode;
    uint64_t stack_bytes;
    uint64_t timeout_ns;
    int wait_mode;
    int exit_mode; /* CRUMPLE_EXIT_... */
    char writer[CONFIG_PATH_BYTES];
    uint32_t own_uid; /* the owner of libcrumple.so; 0: not known */

    /* CRUMPLE_RECOVER: in the order of the variable, the first that matches wins. */
    bool recover; /* some rule is not 'crash'; otherwise nothing of containment is prepared */
    uint32_t rule_count;
    struct safe_rule rules[SAFE_RULES_MAX];
    /* CRUMPLE_BREAKER */
    struct safe_breaker_rules breaker;
    bool breaker_rejects; /* open=reject: pthread_create fails while a routine's breaker is open */
    bool breaker_peers;   /* peer=on: connections of peers whose threads keep faulting are refused */
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
    struct config_identity writer_id, stderr_id;
    struct config_identity root_id; /* of "/" */
    bool has_stderr;
    uint64_t stack_end; /* where main's live stack ends and argv, environment begin */
    uint64_t
        args; /* the strings of argv, and behind them those of the environment, as the kernel laid them */
    uint64_t environ_start, environ_end;
    uint64_t environ_variable; /* address of libc's 'environ', or 0 */
    uint64_t environ_head;     /* the first eight bytes there, at the start */
    uint64_t auxv;             /* address of the auxiliary vector */
    uint64_t auxv_bytes;
    uint64_t vdso;                           /* AT_SYSINFO_EHDR */
    uint64_t r_debug;                        /* address of _r_debug */
    uint64_t abort_msg;                      /* address of glibc's __abort_msg, or 0 */
    uint64_t libc_restorer;                  /* address of glibc's signal trampoline, or 0 */
    char environ_text[CONFIG_ENVIRON_BYTES]; /* redacted, NUL-separated */
    uint32_t environ_bytes;
};

/* Read-only after start_up(). Safe to read from anywhere; all zero before. */
extern const struct crumple_config *crumple_config;

/*
 * Parses the CRUMPLE_ variables of an environment into *config, which holds zeroes. Warnings go to stderr, a
 * line each. Runs in the constructor only: getenv() is not usable yet there (-z initfirst), so the
 * environment is passed.
 */
void config_parse(struct crumple_config *config, char *const *envp);

/*
 * True if the parent process was preloaded too. It has then already reported errors of the configuration, and
 * children of a shell or prefork server, whose stderr may have another reader, do not repeat them.
 */
bool config_is_inherited(void);

/* The value of a variable, or NULL. */
const char *config_getenv(char *const *envp, const char *name);

/* Fills environ_text: names always, values only of variables known to hold no secret. */
void config_redact_environ(struct crumple_config *config, char *const *envp);

#endif
