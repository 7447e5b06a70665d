/* SPDX-License-Identifier: MIT */
/*
 * A systemd service, read from its unit file and drop-ins (systemd.unit(5)), without systemd. Only [Service], and of that
 * the settings that matter to crumple. Specifiers (%i) are not replaced.
 */
#ifndef CRUMPLE_CLI_FACTS_UNIT_H
#define CRUMPLE_CLI_FACTS_UNIT_H

#include <stdbool.h>
#include <stddef.h>

#define UNIT_NAME_BYTES    256
#define UNIT_PROGRAM_BYTES 4096

/* Each an owned text, or NULL where it is not set. Lists have blanks between their words, over all lines. */
enum unit_setting {
    UNIT_TYPE,
    UNIT_NOTIFY_ACCESS,
    UNIT_KILL_MODE,
    UNIT_RESTART,
    UNIT_USER,
    UNIT_DYNAMIC_USER,
    UNIT_PRIVATE_TMP,
    UNIT_PROTECT_SYSTEM,
    UNIT_PROTECT_HOME,
    UNIT_ROOT_DIRECTORY,
    UNIT_ROOT_IMAGE,
    UNIT_READ_WRITE, /* lists from here on */
    UNIT_READ_ONLY,
    UNIT_INACCESSIBLE,
    UNIT_NO_EXEC,
    UNIT_EXEC,
    UNIT_STATE,
    UNIT_LOGS,
    UNIT_CACHE,
    UNIT_RUNTIME,
    UNIT_SYSTEM_CALLS, /* lines keep their '~', with ';' between lines */
    UNIT_ERROR_NUMBER,
    UNIT_ENVIRONMENT,
    UNIT_ENVIRONMENT_FILE,
    UNIT_EXEC_START,
    UNIT_SETTINGS
};

struct unit {
    char name[UNIT_NAME_BYTES]; /* with ".service" */
    char *path;                 /* owned: the unit file */
    size_t drop_ins;            /* files read beside it */
    char *settings[UNIT_SETTINGS];
};

/** Reads the unit below root; a name without ".service" gets it. Returns 0 or a negative errno: -ENOENT, there is none. */
int unit_read(int root, const char *name, struct unit *ret);

/** The unit in the text of /proc/PID/cgroup. False: the process is of no service. */
bool unit_of_cgroup(const char *cgroup, char ret_name[UNIT_NAME_BYTES]);

/** True for "yes", "true", "on" and "1", in any case. */
bool unit_is_on(const struct unit *unit, enum unit_setting setting);

/** The program of ExecStart=, or the one behind "--" if that is crumple-run. NULL: there is none. */
const char *unit_program(const struct unit *unit, char ret[UNIT_PROGRAM_BYTES]);

/** The setting's text, or the fallback. */
const char *unit_text(const struct unit *unit, enum unit_setting setting, const char *fallback);

/** The length of the longest path in the list that is this one or a folder above it; 0: there is none. "-" and "+" before
 * a path do not count. */
size_t unit_covers(const struct unit *unit, enum unit_setting list, const char *path);

/** The variables of Environment=, and of the files of EnvironmentFile= that can be read, as an array that ends with NULL.
 * The caller frees it and its texts by unit_free_environ(). NULL: memory is short. */
char **unit_environ(int root, const struct unit *unit);
void unit_free_environ(char **environ);

void unit_clear(struct unit *unit);

#endif
