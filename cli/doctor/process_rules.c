/* SPDX-License-Identifier: MIT */
#include "doctor/process_rules.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define MIB       (UINT64_C(1) << 20)
#define SPARE     2           /* the helper and the writer */
#define FILE_MIN  (4 * MIB)   /* a core before it is packed */
#define SPACE_MIN (256 * MIB) /* docs/surroundings.md: scratch memory of the capture */
#define FILES_MIN 16

/* Those that crumple takes over in any case (preload/state/signals.c). */
static const struct {
    int number;
    const char *name;
} fatal[] = {{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"},
             {SIGABRT, "SIGABRT"}, {SIGTRAP, "SIGTRAP"}, {SIGSYS, "SIGSYS"}};
enum { FATAL = sizeof fatal / sizeof *fatal };

/* Those of the set, with commas. Returns how many. */
static size_t list_fatal(uint64_t set, char *ret, size_t size)
{
    size_t count = 0, used = 0;
    ret[0] = '\0';
    for (int i = 0; i < FATAL; i++)
        if (process_has_signal(set, fatal[i].number) && used < size) {
            used += (size_t)snprintf(ret + used, size - used, "%s%s", count ? ", " : "", fatal[i].name);
            count++;
        }
    return count;
}

static void say_absent(const struct process_facts *process, struct verdicts *ret)
{
    bool is_named = false;
    for (size_t i = 0; i < process->environ_bytes; i += strlen(process->environ + i) + 1)
        is_named |= strncmp(process->environ + i, "LD_PRELOAD=", 11) == 0 &&
                    strstr(process->environ + i, "libcrumple");
    if (process->is_secure)
        verdicts_add(ret, VERDICT_FAIL, "preload",
                     "crumple is not in it: the loader ignored LD_PRELOAD (AT_SECURE)");
    else if (is_named)
        verdicts_add(ret, VERDICT_FAIL, "preload",
                     "crumple is not in it, though LD_PRELOAD names it: its stderr has the loader's reason");
    else
        verdicts_add(ret, VERDICT_FAIL, "preload",
                     "crumple is not in it; the verdicts are about its next start");
    verdicts_advise(ret, "start it with LD_PRELOAD=DIR/libcrumple.so, or by 'crumple run'");
}

void process_judge_preload(const struct process_facts *process, const struct crumple_settings *settings,
                           struct verdicts *ret)
{
    const char *path = process_module(process, "libcrumple.so");
    char taken[128];
    if (process->maps_error) {
        verdicts_add(ret, VERDICT_WARN, "preload",
                     "whether crumple is in it cannot be seen: its memory map: %s",
                     strerror(-process->maps_error));
        verdicts_advise(ret, "crumple doctor as root");
    } else if (!path) {
        say_absent(process, ret);
    } else if (list_fatal(process->caught, taken, sizeof taken) == 0) {
        verdicts_add(ret, VERDICT_FAIL, "preload", "%s is in it, but takes no part%s", path,
                     settings && !settings->enabled ? ": CRUMPLE=0" : ": it has no signal handler");
        verdicts_advise(ret, "see CRUMPLE and CRUMPLE_ONLY, and what it printed at its start");
    } else if (strstr(path, " (deleted)")) {
        verdicts_add(ret, VERDICT_NOTE, "preload",
                     "%s: the process runs the version before an update, until its next start", path);
    } else {
        verdicts_add(ret, VERDICT_OK, "preload", "%s is in it, and takes part", path);
    }
}

void process_judge_signals(const struct process_facts *process, struct verdicts *ret)
{
    const bool has_shim = process_module(process, "libcrumple.so") != NULL;
    char list[128];
    /* A server may well ignore what no instruction of its own raises (nginx does SIGSYS). */
    const uint64_t usual = UINT64_C(1) << (SIGTRAP - 1) | UINT64_C(1) << (SIGSYS - 1);
    if (list_fatal(process->ignored & ~usual, list, sizeof list)) {
        verdicts_add(ret, VERDICT_WARN, "handlers", "it ignores %s: such a fault ends it without a report",
                     list);
        verdicts_advise(ret, "do not ignore signals of faults");
    } else if (list_fatal(process->ignored, list, sizeof list)) {
        verdicts_add(ret, VERDICT_NOTE, "handlers", "it ignores %s: that signal leaves no report", list);
    }
    if (has_shim || process->maps_error)
        return; /* crumple's own handlers are there: the application's are not seen */
    if (list_fatal(process->caught, list, sizeof list))
        verdicts_add(
            ret, VERDICT_NOTE, "handlers",
            "it handles %s: its handler comes first, and crumple reports what that gives back: the signal again, or abort()",
            list);
    else
        verdicts_add(ret, VERDICT_OK, "handlers", "it handles no signal of a fault");
}

static void judge_filter(const struct process_facts *process, bool is_running, struct verdicts *ret)
{
    const char *whose = is_running ? "" : " that this process would hand on";
    if (process->seccomp == 1)
        verdicts_add(ret, VERDICT_FAIL, "seccomp", "strict mode%s: nothing can be captured", whose);
    else if (process->seccomp == 2) {
        verdicts_add(ret, VERDICT_NOTE, "seccomp",
                     "a system call filter%s; which calls it refuses cannot be read from outside", whose);
        verdicts_advise(ret,
                        "compare with docs/surroundings.md, and try a fault: kill -SEGV a test instance");
    } else {
        verdicts_add(ret, VERDICT_OK, "seccomp", "no system call filter");
    }
}

/* Below what it takes, and known. */
static bool is_below(const struct process_limit *limit, bool is_hard, uint64_t least)
{
    return limit->is_known && (is_hard ? limit->hard : limit->soft) < least;
}

void process_judge_limits(const struct process_facts *process, bool is_running, struct verdicts *ret)
{
    const size_t before = ret->count + 1;
    judge_filter(process, is_running, ret);
    if (is_below(&process->fsize, true, FILE_MIN)) {
        verdicts_add(ret, VERDICT_WARN, "limits",
                     "RLIMIT_FSIZE is %llu bytes: a core or a bundle may not fit",
                     (unsigned long long)process->fsize.hard);
        verdicts_advise(ret, "LimitFSIZE=infinity, ulimit -f unlimited");
    }
    if (is_below(&process->nofile, true, FILES_MIN)) {
        verdicts_add(ret, VERDICT_WARN, "limits", "RLIMIT_NOFILE is %llu: the capture cannot open its files",
                     (unsigned long long)process->nofile.hard);
        verdicts_advise(ret, "LimitNOFILE=1024");
    }
    if (process->euid != 0 && is_below(&process->nproc, false, (is_running ? process->threads : 0) + SPARE)) {
        verdicts_add(
            ret, VERDICT_WARN, "limits",
            "RLIMIT_NPROC is %llu: no process can be started at a crash; the faulting thread does the work",
            (unsigned long long)process->nproc.soft);
        verdicts_advise(ret, "LimitNPROC= two more than it needs");
    }
    if (is_below(&process->as, true, SPACE_MIN)) {
        verdicts_add(
            ret, VERDICT_WARN, "limits",
            "RLIMIT_AS is %llu MiB: the writer may not start, and a crash leave a core for 'crumple collect'",
            (unsigned long long)(process->as.hard / MIB));
        verdicts_advise(ret, "limit memory by a cgroup (MemoryMax=) instead");
    }
    if (ret->count == before)
        verdicts_add(ret, VERDICT_OK, "limits", "none is in the way; core dumps may be off");
}
