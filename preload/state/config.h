/* SPDX-License-Identifier: MIT */
/* The configuration and the facts of the start: filled once by the constructor, then a read-only page. */
#ifndef CRUMPLE_PRELOAD_STATE_CONFIG_H
#define CRUMPLE_PRELOAD_STATE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/io.h"
#include "settings.h"

#define CONFIG_PATH_BYTES      SETTINGS_PATH_BYTES
#define CONFIG_ENVIRON_BYTES   32768
#define CONFIG_HOLD_NAME_BYTES 64

/* CRUMPLE_RUN_HOLD (crumple_hold.h): which crumple-run restarts this server, and what it holds for it. */
struct config_hold {
    int run_pid; /* 0: none, and nothing else is set */
    bool makes_helper, takes, has_peers;
    char name[CONFIG_HOLD_NAME_BYTES]; /* of the socket that answers, in the abstract namespace */
};

struct crumple_config {
    struct crumple_settings; /* the CRUMPLE_ variables; an anonymous member (gcc -fms-extensions) */

    /* Facts of the start. */
    int run_pid, run_server; /* of CRUMPLE_RUN_FINISHES; 0: none */
    uint32_t run_uid;        /* the same */
    struct config_hold hold;
    uint32_t own_uid;                     /* the owner of libcrumple.so; 0: not known */
    char exe_file[CONFIG_PATH_BYTES];     /* /proc/self/exe */
    char exe[CONFIG_PATH_BYTES];          /* the same file, by the path it was started with */
    char exe_name[40];                    /* its last component, reduced to what a bundle's name may hold */
    char fallback_dir[CONFIG_PATH_BYTES]; /* ${TMPDIR:-/tmp}, where no crash directory can be used */
    char hostname[65];
    char kernel[65]; /* its release */
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
    int64_t rseq_offset;                     /* of rseq(2)'s words, from the thread pointer; 0: none */
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
