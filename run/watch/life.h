/* SPDX-License-Identifier: MIT */
/*
 * The life record: a file in the crash directory that is there while a server runs. Kubernetes sets memory.oom.group, a node
 * may be reset, a PID namespace be killed: then crumple-run dies with its server and can tell nothing. A record that the
 * next start finds without its owner tells it instead.
 *
 * The owner holds a lock on the file (flock(2)), which no other process has and which ends with the owner, on every kernel that
 * shares the directory.
 */
#ifndef CRUMPLE_RUN_WATCH_LIFE_H
#define CRUMPLE_RUN_WATCH_LIFE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "watch/cgroup.h"

#define LIFE_SUFFIX       ".life"
#define LIFE_ARGV_BYTES   2048
#define LIFE_OUTPUT_BYTES 1024

struct life_record {
    char magic[8];
    uint32_t version, bytes;
    int32_t pid, run;              /* of the server, and of its crumple-run */
    uint32_t has_memory;           /* the next two are known */
    uint64_t start_ns, renewed_ns; /* CLOCK_REALTIME */
    uint64_t pid_namespace;        /* its inode; 0: unknown */
    uint64_t start_ticks;          /* of the server, as /proc/PID/stat has it; 0: unknown */
    struct cgroup_memory before, after;
    uint32_t argv_bytes, output_bytes[2];
    char exe[PATH_MAX];
    char argv[LIFE_ARGV_BYTES];        /* each ended by NUL, as many as fit */
    char output[2][LIFE_OUTPUT_BYTES]; /* the last bytes of stdout and stderr, where they are kept */
};

struct life {
    int directory, fd; /* fd -1: there is no record */
    char name[64];
    struct life_record record;
};

/**
 * Makes the record, or takes over the one of a keeper that was killed: start_ns, pid, run, exe, before and argv are those of the
 * caller (argv: see life_set_argv). The directory stays the caller's, and open. Returns 0 or a negative errno: then no record is kept, and the other functions do nothing.
 */
int life_begin(struct life *ret, int directory, const struct life_record *record);

/** Copies the words, as many as fit. */
void life_set_argv(struct life_record *record, char *const *argv);

/** Writes the record anew, with the time. */
void life_renew(struct life *life);

/** Removes the record. */
void life_end(struct life *life);

/**
 * Calls tell for each record in the directory that has no owner and whose server is gone, and removes it. Damaged ones are
 * removed, too. No other process takes the same one.
 */
void life_take(int directory, void (*tell)(void *context, const struct life_record *record), void *context);

#endif
