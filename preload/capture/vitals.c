/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper and the keeper, 'look' in the looker. See capture/vitals.h. */
#include "capture/vitals.h"

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include "base/inject.h"
#include "base/io.h"
#include "base/sys.h"
#include "capture/vitals_look.h"
#include "crumple_format.h"
#include "proc/proc.h"
#include "state/config.h"
#include "state/fault.h"

#define STACK_BYTES      (64 * 1024)
#define LOOK_NS          UINT64_C(60000000) /* the looker stops looking */
#define LOOK_DUMP_NS     UINT64_C(20000000) /* ... while a server that lives is stopped */
#define GRACE_NS         UINT64_C(20000000) /* ... and is killed */
#define GONE_NS          UINT64_C(20000000)
#define FOLDER_NS        UINT64_C(20000000)
#define SHARE            8  /* ... of the time that is left until the death, each of these at most */
#define OLD_KERNEL_MINOR 16 /* of 5: see safe_vitals_kills_all() */

static char stack[STACK_BYTES] __attribute__((aligned(16)));
static char lines_buffer[SAFE_LOOK_LINES_BYTES], peers_buffer[4096];
static struct safe_look found;
static int alive;        /* cleared by the kernel when the looker is gone (CLONE_CHILD_CLEARTID) */
static long looker;      /* its pid; 0: none was started, or it is over */
static uint64_t stop_ns; /* CLOCK_MONOTONIC: when it stops looking */

uint64_t safe_vitals_time_ns(uint64_t now_ns, uint64_t deadline_ns, uint64_t most_ns)
{
    const uint64_t left = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    return left / SHARE < most_ns ? left / SHARE : most_ns;
}

static uint64_t time_for(uint64_t most_ns)
{
    return safe_vitals_time_ns(safe_clock_ns(CLOCK_MONOTONIC), safe_fault.deadline_ns, most_ns);
}

bool safe_vitals_kills_all(const char *release)
{
    unsigned number[2] = {0};
    for (int i = 0; i < 2; i++) {
        for (; *release >= '0' && *release <= '9'; release++)
            number[i] = number[i] * 10 + (unsigned)(*release - '0');
        release += *release == '.';
    }
    return number[0] < 5 || (number[0] == 5 && number[1] < OLD_KERNEL_MINOR);
}

/* False where it is not known. */
static bool has_no_filter(void)
{
    static char text[4096];
    long n = safe_proc_read("/proc/self/status", text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    for (const char *at = text; *at; at++)
        if (safe_starts(at, "\nSeccomp:\t0\n"))
            return true;
    return false;
}

static void forget(void)
{
    safe_zero(&found, sizeof found);
    found.lines = safe_text_on(lines_buffer, sizeof lines_buffer);
    found.peers = safe_text_on(peers_buffer, sizeof peers_buffer);
}

/* A filter kills it by SIGSYS, which makes a core where that is allowed: of the server's memory, and of no use. A limit of 1
 * refuses it also where a program takes the cores (fs/coredump.c). */
static void make_no_core(void)
{
    const struct rlimit none = {1, 1}, zero = {0, 0};
    if (safe_call(SYS_prlimit64, 0, RLIMIT_CORE, &none, NULL) < 0)
        safe_call(SYS_prlimit64, 0, RLIMIT_CORE, &zero, NULL);
}

static int look(void *unused)
{
    (void)unused;
    safe_call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    make_no_core();
    safe_inject("looker");
    const uint64_t begun = safe_clock_ns(CLOCK_MONOTONIC);
    safe_look_all(&found, stop_ns);
    found.us = (uint32_t)((safe_clock_ns(CLOCK_MONOTONIC) - begun) / 1000);
    /* The kernel says that it is gone before it closes them (kernel/exit.c: exit_mm, exit_files). */
    safe_call(SYS_close_range, 0, INT32_MAX, 0);
    return 0;
}

void safe_vitals_begin(void)
{
    const struct safe_sigaction no_zombie = {.flags = SA_NOCLDWAIT}, by_default = {.flags = 0};
    looker = 0;
    forget();
    if (safe_fault.attempt > 0)
        return; /* the first one's may be what killed it */
    if (safe_vitals_kills_all(crumple_config->kernel) && !has_no_filter())
        return;
    stop_ns = safe_clock_ns(CLOCK_MONOTONIC) + time_for(safe_fault.dump ? LOOK_DUMP_NS : LOOK_NS);
    alive = 1;
    /* Nobody waits for it: a filter may kill for that. And a zombie would have the place of the writer, where few are left. */
    safe_sigaction(SIGCHLD, &no_zombie, NULL);
    looker =
        safe_clone_on(stack + STACK_BYTES, CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD, &alive, look, NULL);
    if (looker < 0) {
        safe_sigaction(SIGCHLD, &by_default, NULL);
        looker = 0;
    }
}

/* Returns whether it is gone. */
static bool wait_until(uint64_t end_ns)
{
    for (;;) {
        uint64_t now = safe_clock_ns(CLOCK_MONOTONIC);
        if (!__atomic_load_n(&alive, __ATOMIC_SEQ_CST))
            return true;
        if (now >= end_ns)
            return false;
        const struct {
            int64_t sec, nsec;
        } left = {0, (int64_t)(end_ns - now) % 1000000000};
        safe_call(SYS_futex, &alive, FUTEX_WAIT, 1, &left, 0, 0);
    }
}

void safe_vitals_end(void)
{
    if (!looker || wait_until(0))
        return;
    safe_call(SYS_kill, looker, SIGKILL);
    wait_until(safe_clock_ns(CLOCK_MONOTONIC) + time_for(GONE_NS));
}

void safe_vitals_over(void)
{
    const struct safe_sigaction by_default = {.handler = NULL};
    if (looker)
        safe_sigaction(SIGCHLD, &by_default, NULL);
    looker = 0;
}

/* --- the notes ------------------------------------------------------------------------------------------- */

static void add_number(struct safe_text *t, const char *key, const char *name, uint64_t value)
{
    safe_text_add(t, key);
    safe_text_add(t, name);
    safe_text_add(t, "=");
    safe_text_add_u64(t, value);
    safe_text_add(t, "\n");
}

static void add_counts(struct safe_text *t)
{
    if (!found.count)
        return;
    add_number(t, "fd_count", "", found.count);
    add_number(t, "fd_whole", "", found.is_whole);
    add_number(t, "fd_timid", "", found.is_timid);
    add_number(t, "fd_us", "", found.us);
    for (int i = 0; i < SAFE_LOOK_KINDS; i++)
        if (found.kind[i])
            add_number(t, "fd.", safe_look_kind_name(i), found.kind[i]);
    for (unsigned i = 0; i < SAFE_LOOK_STATES; i++)
        if (found.state[i])
            add_number(t, "tcp.", safe_look_state_name(i), found.state[i]);
    if (found.full)
        add_number(t, "backlog_full", "", found.full);
}

/* The first line of a file. */
static void add_file(struct safe_text *t, const char *key, const char *path)
{
    static char text[1024];
    long n = safe_proc_read(path, text, sizeof text);
    while (n > 0 && text[n - 1] == '\n')
        n--;
    if (n <= 0)
        return;
    safe_text_add(t, key);
    safe_text_add_line(t, text, (size_t)n);
    safe_text_add(t, "\n");
}

static void add_folder(struct safe_text *t)
{
    static char text[1024];
    char path[64];
    long n = safe_call(SYS_readlink, safe_proc_path(path, safe_fault.pid, "cwd"), text, sizeof text);
    if (n <= 0)
        return;
    safe_text_add(t, "cwd=");
    safe_text_add_line(t, text, (size_t)n);
    safe_text_add(t, "\n");
}

static void take_what_looker_found(void)
{
    char path[64];
    if (looker)
        wait_until(stop_ns + time_for(GRACE_NS));
    safe_vitals_end();
    if (found.count)
        return;
    /* It was not started, or died at its first call. */
    forget();
    safe_look_folder(&found, safe_proc_path(path, safe_fault.pid, "fd"),
                     safe_clock_ns(CLOCK_MONOTONIC) + time_for(FOLDER_NS));
}

void safe_vitals_add(struct safe_notes *notes)
{
    static char buffer[12288];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    char path[64];
    if (safe_fault.only_self || safe_fault.in_process)
        forget(); /* there is no looker */
    take_what_looker_found();
    add_file(&t, "stat=", safe_proc_path(path, safe_fault.pid, "stat"));
    add_file(&t, "loadavg=", "/proc/loadavg");
    add_file(&t, "boot_id=", "/proc/sys/kernel/random/boot_id");
    add_folder(&t);
    const uint64_t since_ns = safe_clock_ns(CLOCK_MONOTONIC) - safe_fault.mono_ns;
    add_number(&t, "boot_ns", "", safe_clock_ns(CLOCK_BOOTTIME) - since_ns);
    if (crumple_config->kernel[0]) {
        safe_text_add(&t, "kernel=");
        safe_text_add_line(&t, crumple_config->kernel, safe_strlen(crumple_config->kernel));
        safe_text_add(&t, "\n");
    }
    add_counts(&t);
    safe_text_add_n(&t, found.peers.data, found.peers.used);
    safe_note_add(notes, CRUMPLE_NOTE_OWNER, CRUMPLE_NOTE_VITALS, t.data, t.used);
}

void safe_vitals_add_lines(struct safe_notes *notes)
{
    if (found.lines.used)
        safe_note_add(notes, CRUMPLE_NOTE_OWNER, CRUMPLE_NOTE_DESCRIPTORS, found.lines.data,
                      found.lines.used);
}
