/* SPDX-License-Identifier: MIT */
/* A running process as /proc shows it: proc(5). */
#ifndef CRUMPLE_CLI_FACTS_PROCESS_H
#define CRUMPLE_CLI_FACTS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PROCESS_GROUPS_MAX  64
#define PROCESS_NAMES_MAX   64
#define PROCESS_NAME_BYTES  16
#define PROCESS_MODULES_MAX 512
#define PROCESS_UNLIMITED   UINT64_MAX

struct process_limit {
    bool is_known;
    uint64_t soft, hard;
};

/* Threads of one name. */
struct process_name {
    char name[PROCESS_NAME_BYTES];
    size_t count;
};

struct process_facts {
    char name[64]; /* of its directory in /proc: a number, or "self" */
    uid_t ruid, euid;
    gid_t egid, groups[PROCESS_GROUPS_MAX];
    size_t group_count;
    int inner_pid; /* its number in its own PID namespace; 0: not known */
    size_t threads;
    bool no_new_privs;
    int seccomp; /* 0 none, 1 strict, 2 a filter */
    uint64_t caught, ignored;
    struct process_limit fsize, nproc, nofile, as;
    bool is_secure;                     /* AT_SECURE: ld.so has ignored the preload */
    char main_name[PROCESS_NAME_BYTES]; /* of the first thread */
    struct process_name *names;         /* owned: of the other threads, at most PROCESS_NAMES_MAX */
    size_t name_count;
    char *environ; /* owned, NUL-separated; NULL: it may not be read */
    size_t environ_bytes;
    char *modules
        [PROCESS_MODULES_MAX]; /* owned: paths of mapped files with code, each once, as /proc writes them */
    size_t module_count;
    int maps_error; /* a negative errno: the mappings may not be read */
    char *cgroup;   /* owned: the text of /proc/PID/cgroup, or NULL */
};

/** Reads the facts of ROOT/proc/NAME. Returns 0, or a negative errno if there is no such process. */
int process_read(int root, const char *name, struct process_facts *ret);

/** The first module whose file name begins so; NULL: none. */
const char *process_module(const struct process_facts *process, const char *prefix);

/** The environment as an array that ends with NULL, of pointers into facts->environ. The caller frees the array. */
char **process_environ(const struct process_facts *process);

/** True for a signal whose bit is in the set. */
bool process_has_signal(uint64_t set, int signo);

void process_clear(struct process_facts *process);

#endif
