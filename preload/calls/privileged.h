/* SPDX-License-Identifier: MIT */
/* Programs that the loader gives no preloads, because they have more rights than who starts them (AT_SECURE). */
#ifndef CRUMPLE_PRELOAD_CALLS_PRIVILEGED_H
#define CRUMPLE_PRELOAD_CALLS_PRIVILEGED_H

#include <stdbool.h>
#include <stdint.h>

struct privileged_facts {
    uint32_t ruid, euid, rgid, egid; /* of the process */
    uint32_t owner, group, mode;     /* of the file */
    bool has_capabilities;           /* the file */
    bool is_ignored;                 /* the file's bits and capabilities: nosuid, no_new_privs */
};

/**
 * Why the kernel will mark the program (security/commoncap.c, cap_bprm_creds_from_file), in words, or NULL. A plain
 * function of the facts.
 */
const char *privileged_reason(const struct privileged_facts *facts);

/** libc's environ. */
char *const *privileged_environ(void);

/**
 * Says so before an exec, once for each path; the pointers may be any. In the hooks of exec: any thread, a vfork child.
 * Says nothing in a process with a system call filter, or if the program is to start without the shim. is_searched: libc
 * looks for a name without a slash in PATH; then only the process is judged, not the file.
 */
void privileged_warn(const char *path, char *const *envp, bool is_searched);

#endif
