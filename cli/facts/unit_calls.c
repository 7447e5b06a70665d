/* SPDX-License-Identifier: MIT */
/* SystemCallFilter= of a unit, and the calls of the capture. */
#include "facts/unit_calls.h"

#include <stdio.h>
#include <string.h>

/* The sets of systemd.exec(5) with calls of the capture in them (docs/surroundings.md). */
static const char *const sets[] = {"@privileged", "@basic-io",       "@default", "@file-system", "@io-event",
                                   "@ipc",        "@memlock",        "@process", "@signal",      "@sync",
                                   "@timer",      "@system-service", "@known"};

static const char *const for_root[] = {"@privileged", "setfsuid"};

/* The table of docs/surroundings.md. */
static const char *const calls[] = {"arch_prctl",
                                    "brk",
                                    "clock_gettime",
                                    "clone",
                                    "clone3",
                                    "close",
                                    "close_range",
                                    "dup2",
                                    "execve",
                                    "execveat",
                                    "exit",
                                    "exit_group",
                                    "fchdir",
                                    "fchmod",
                                    "fcntl",
                                    "flock",
                                    "fstat",
                                    "fstatfs",
                                    "fsync",
                                    "ftruncate",
                                    "futex",
                                    "getdents64",
                                    "getegid",
                                    "geteuid",
                                    "getgid",
                                    "getpid",
                                    "getppid",
                                    "getrandom",
                                    "getresuid",
                                    "gettid",
                                    "getuid",
                                    "kill",
                                    "linkat",
                                    "lseek",
                                    "madvise",
                                    "mincore",
                                    "mkdirat",
                                    "mmap",
                                    "mprotect",
                                    "mremap",
                                    "munlock",
                                    "munmap",
                                    "nanosleep",
                                    "newfstatat",
                                    "openat",
                                    "pipe2",
                                    "poll",
                                    "prctl",
                                    "pread64",
                                    "prlimit64",
                                    "process_vm_readv",
                                    "pwritev",
                                    "read",
                                    "readlink",
                                    "renameat",
                                    "renameat2",
                                    "rseq",
                                    "rt_sigaction",
                                    "rt_sigprocmask",
                                    "rt_sigreturn",
                                    "rt_tgsigqueueinfo",
                                    "set_robust_list",
                                    "set_tid_address",
                                    "setfsuid",
                                    "setitimer",
                                    "sysinfo",
                                    "tgkill",
                                    "umask",
                                    "unlinkat",
                                    "wait4",
                                    "write",
                                    "writev"};

static bool is_one_of(const char *const *list, size_t count, const char *word, size_t n)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(list[i]) == n && memcmp(list[i], word, n) == 0)
            return true;
    return false;
}

/* A word such as "clone", "clone:EPERM" or "@ipc", of a line with '~': does it refuse a call of the capture? The helper calls
 * setfsuid, which is in @privileged, only for root (preload/capture/helper.c). */
static bool is_needed(const char *word, size_t n, bool is_root)
{
    if (!is_root && is_one_of(for_root, sizeof for_root / sizeof *for_root, word, n))
        return false;
    return is_one_of(sets, sizeof sets / sizeof *sets, word, n) ||
           is_one_of(calls, sizeof calls / sizeof *calls, word, n);
}

/* The first such word of a line, or NULL. */
static const char *find_needed(const char *line, size_t size, bool is_root, size_t *ret_n)
{
    for (const char *at = line, *end = line + size; at < end;) {
        at += strspn(at, " \t~");
        *ret_n = strcspn(at, " \t;:");
        if (at < end && *ret_n && is_needed(at, *ret_n, is_root))
            return at;
        at += strcspn(at, " \t;");
        at += at < end;
    }
    return NULL;
}

/* Whether a line without '~' has the word. */
static bool allows(const char *text, const char *word)
{
    const size_t size = strlen(word);
    for (const char *line = text; *line;) {
        const size_t n = strcspn(line, ";");
        for (const char *at = line; *line != '~' && at < line + n;) {
            at += strspn(at, " \t");
            if (strcspn(at, " \t;:") == size && memcmp(at, word, size) == 0)
                return true;
            at += strcspn(at, " \t;");
            at += at < line + n;
        }
        line += n + (line[n] == ';');
    }
    return false;
}

bool unit_refuses_calls(const struct unit *unit, char *ret_word, size_t size, bool *ret_kills)
{
    const char *text = unit_text(unit, UNIT_SYSTEM_CALLS, ""), *user = unit_text(unit, UNIT_USER, "root");
    const bool is_root =
        !unit_is_on(unit, UNIT_DYNAMIC_USER) && (strcmp(user, "root") == 0 || strcmp(user, "0") == 0);
    *ret_kills = strcmp(unit_text(unit, UNIT_ERROR_NUMBER, "kill"), "kill") == 0;
    for (const char *line = text; *line;) {
        size_t n = strcspn(line, ";"), length;
        const char *word = *line == '~' ? find_needed(line, n, is_root, &length) : NULL;
        if (word) {
            snprintf(ret_word, size, "~%.*s", (int)length, word);
            *ret_kills &= word[length] != ':' || strncmp(word + length, ":kill", 5) == 0;
            return true;
        }
        line += n + (line[n] == ';');
    }
    /* The first line decides whether what no line names is allowed. */
    if (!*text || *text == '~' || allows(text, "@known"))
        return false;
    if (allows(text, "@system-service")) {
        snprintf(ret_word, size, "mincore");
        return *ret_kills && !allows(text, "mincore");
    }
    snprintf(ret_word, size, "%.*s", (int)(strcspn(text, ";") < 40 ? strcspn(text, ";") : 40), text);
    return true;
}
