/* SPDX-License-Identifier: MIT */
/*
 * The CRUMPLE_ variables, parsed: by the shim at its start, and by 'crumple doctor', which says beforehand what the shim
 * will make of them. Ordinary code without allocation and stdio: it runs before any constructor of the host. The table
 * is include/crumple_options.h.
 */
#ifndef CRUMPLE_SETTINGS_SETTINGS_H
#define CRUMPLE_SETTINGS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy_rules.h"

#define SETTINGS_PATH_BYTES    1024
#define SETTINGS_KEEP_BYTES    160
#define SETTINGS_PATHS_MAX     8 /* of CRUMPLE_LOGS */
#define SETTINGS_CONTEXT_BYTES 2048

struct crumple_settings {
    bool enabled;
    char dir[SETTINGS_PATH_BYTES];
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
    char writer[SETTINGS_PATH_BYTES];
    int stack_mode;                    /* CRUMPLE_STACK_... */
    char tags[SETTINGS_CONTEXT_BYTES]; /* CRUMPLE_TAGS, CRUMPLE_WATCH, CRUMPLE_LOGS: as they were given */
    char watch[SETTINGS_CONTEXT_BYTES];
    char logs[SETTINGS_CONTEXT_BYTES];

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
    uint32_t keep_count, keep_free_percent, keep_signature, keep_of_signature;
    uint64_t keep_bytes, keep_signature_ns, keep_age_ns; /* keep_of_signature, keep_age_ns: 0: no limit */
    char keep_text[SETTINGS_KEEP_BYTES]; /* the same, complete and without units but 's', for the writer */
};

/** All defaults. */
void settings_default(struct crumple_settings *ret);

/** The value of a variable in an environment, or NULL. */
const char *settings_getenv(char *const *envp, const char *name);

/** Takes what is wrong with a variable of the environment. value: NULL where the name itself is wrong. problem: words,
 * with foreign text in them, which last for this call. */
typedef void settings_problem(void *context, const char *name, const char *value, const char *problem,
                              const char *consequence);

/**
 * Parses the CRUMPLE_ variables of an environment. Of a variable with a problem the default stands. With CRUMPLE=0
 * nothing else is looked at: switched off means silent, too.
 */
void settings_parse(struct crumple_settings *ret, char *const *envp, settings_problem *tell, void *context);

#endif
