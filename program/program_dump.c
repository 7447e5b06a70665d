/* SPDX-License-Identifier: MIT */
#include "program_dump.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "crumple_format.h"
#include "program_crash_dir.h"
#include "program_process.h"

#define LOOK_MS    2
#define FIND_TRIES 250
#define AGAIN_MS   1200 /* a process takes one dump a second */
#define REAP_TRIES 100
#define REAP_MS    20

struct dump {
    const struct program_dump_request *request;
    struct program_crash_dirs dirs;
    struct program_process process;
    int signal;
    pid_t tid; /* the thread that is asked */
    uint32_t token;
    char reason[CRUMPLE_DUMP_REASON], file[sizeof CRUMPLE_DUMP_PREFIX + 16]; /* that has the reason */
    bool is_learnt;
    char *words;
};

static int fail(const struct dump *dump, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static int fail(const struct dump *dump, int error, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(dump->words, PROGRAM_DUMP_WORDS, format, list);
    va_end(list);
    return error;
}

static int64_t now_us(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void pause_ms(int ms)
{
    const struct timespec pause = {ms / 1000, ms % 1000 * 1000000L};
    (void)nanosleep(&pause, NULL);
}

/* --- may it be asked? ----------------------------------------------------------------------------------- */

static int fail_to_read(const struct dump *dump, int error)
{
    return program_process_unreadable(&dump->process, dump->request->pid, error, dump->words,
                                      PROGRAM_DUMP_WORDS);
}

static bool is_caught(const struct dump *dump, const struct program_process *process)
{
    return process->caught >> (dump->signal - 1) & 1;
}

/* Most containers and services run below filters, which know what programs do. One that the server has put on itself, or
 * on one of its threads, knows this server only, and may kill at any other call. */
static bool has_own_filter(const struct program_process *process)
{
    struct program_filters own, parents;
    char name[16] = "";
    if (program_process_filters(process->tgid, &own) < 0)
        return false; /* it has ended: the next look at it says so */
    if (own.is_strict || own.least < own.most)
        return true;
    if (own.most == 0 || program_process_filters(process->ppid, &parents) < 0)
        return false;
    FILE *comm = process->ppid == 1 ? fopen("/proc/1/comm", "re") : NULL;
    if (comm) {
        if (fscanf(comm, "%15s", name) != 1)
            name[0] = '\0';
        (void)fclose(comm);
    }
    return strcmp(name, "systemd") != 0 && own.most > parents.most;
}

/* The signal has a handler. musl takes the handler away at the end of setuid() and setgid(); after most such calls crumple
 * sets it again at once. */
static bool listens(struct dump *dump)
{
    const pid_t pid = dump->request->pid;
    const bool is_musl = program_process_is_musl(pid);
    dump->signal = is_musl ? CRUMPLE_DUMP_SIGNAL_MUSL : CRUMPLE_DUMP_SIGNAL;
    for (int i = 0; is_musl && !is_caught(dump, &dump->process) && i < FIND_TRIES; i++, pause_ms(LOOK_MS))
        if (program_process_read(pid, 0, &dump->process) != 0)
            return false;
    return is_caught(dump, &dump->process);
}

static int judge(struct dump *dump)
{
    const pid_t pid = dump->request->pid;
    int error = program_process_look(pid, &dump->process, dump->words, PROGRAM_DUMP_WORDS);
    if (error)
        return error;
    const int has_crumple = program_process_has_crumple(pid);
    if (has_crumple < 0)
        return fail_to_read(dump, has_crumple);
    if (!has_crumple)
        return fail(dump, -ENOEXEC, "process %d has no libcrumple.so; nothing was sent to it", (int)pid);
    if (!listens(dump))
        return fail(
            dump, -ENOEXEC,
            "process %d has libcrumple.so, which does not listen (CRUMPLE=0, the object is for another libc, the process "
            "is calling exec, or musl's setgid() has silenced it); nothing was sent to it",
            (int)pid);
    if (!dump->request->is_forced && has_own_filter(&dump->process))
        return fail(
            dump, -EBUSY,
            "process %d has a system call filter of its own, which may kill it for a call that a dump makes; "
            "nothing was sent to it (--force asks all the same)",
            (int)pid);
    /* All of them block it for as long as another dump lasts. */
    for (int i = 0; !dump->tid && i < FIND_TRIES; i++, pause_ms(LOOK_MS))
        dump->tid = program_process_find_thread(pid, dump->signal);
    if (dump->tid < 0)
        return fail_to_read(dump, dump->tid);
    return dump->tid ? 0
                     : fail(dump, -EBUSY,
                            "no thread of process %d can take the request: all are in the kernel, or block "
                            "every signal by raw system calls",
                            (int)pid);
}

/* --- asking --------------------------------------------------------------------------------------------- */

/* The same process, and the handler is there: it has not called exec meanwhile. -EAGAIN: musl may have taken the handler
 * away for a moment. */
static int look_again(const struct dump *dump)
{
    struct program_process now;
    if (program_process_read(dump->request->pid, 0, &now) != 0 || now.start != dump->process.start ||
        strchr("ZX", now.state))
        return -ESRCH;
    return is_caught(dump, &now) ? 0 : dump->signal == CRUMPLE_DUMP_SIGNAL_MUSL ? -EAGAIN : -ESRCH;
}

static int send_token(const struct dump *dump, uint32_t token)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_signo = dump->signal;
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_ptr = (void *)(uintptr_t)(CRUMPLE_DUMP_MAGIC << 32 | token);
    int error = look_again(dump);
    if (error)
        return error;
    return syscall(SYS_rt_tgsigqueueinfo, dump->request->pid, dump->tid, dump->signal, &info) < 0 ? -errno
                                                                                                  : 0;
}

static int ask(struct dump *dump)
{
    const int pid = (int)dump->request->pid;
    int error = send_token(dump, dump->token);
    if (error == -EAGAIN)
        return 0;
    if (error == -ESRCH && look_again(dump) == 0) { /* the thread has ended: the next time another */
        const pid_t other = program_process_find_thread(dump->request->pid, dump->signal);
        dump->tid = other > 0 ? other : dump->tid;
        return 0;
    }
    if (error == -ESRCH)
        return fail(dump, -ESRCH, "process %d has ended", pid);
    if (error == -EPERM)
        return fail(dump, -EPERM, "process %d belongs to user %u; only that user and root may ask for a dump",
                    pid, (unsigned)dump->process.euid);
    return error ? fail(dump, error, "process %d cannot be asked: %s", pid, strerror(-error)) : 0;
}

static int fail_late(const struct dump *dump, int found, bool was_core)
{
    const int pid = (int)dump->request->pid;
    if (found < 0)
        return fail(dump, found, "the crash directory '%s%s' cannot be read: %s", dump->dirs.prefix,
                    dump->dirs.path[0], strerror(-found));
    if (found == PROGRAM_CRASH_CORE)
        return fail(dump, -ETIMEDOUT,
                    "process %d was captured, but no bundle was made in time; 'crumple collect' finishes it",
                    pid);
    if (was_core)
        return fail(dump, -ENODATA, "process %d was captured, but left no bundle; its stderr says why", pid);
    return fail(
        dump, -ETIMEDOUT,
        "process %d did not answer in time: it is handling a fault, crumple is disabled in it, or it cannot write; "
        "its stderr may say more",
        pid);
}

/* The child that the thread has made for a dump: it sends no signal at its end. False: there is none. */
static bool find_helper(const struct dump *dump, struct program_process *ret)
{
    char path[64];
    bool is_found = false;
    int pid;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)dump->request->pid, (int)dump->tid);
    FILE *children = fopen(path, "re");
    while (!is_found && children && fscanf(children, "%d", &pid) == 1)
        is_found = program_process_read(pid, 0, ret) == 0 && ret->exit_signal == 0;
    if (children)
        (void)fclose(children);
    return is_found;
}

/* As soon as its helper is there, the process shows where it writes. */
static void learn_directory(struct dump *dump)
{
    struct program_process child;
    if (dump->is_learnt || !find_helper(dump, &child) || strcmp(child.name, CRUMPLE_DUMP_HELPER) != 0)
        return;
    dump->is_learnt = program_crash_dirs_learn(&dump->dirs, child.tgid); /* not of an earlier one, a zombie */
    if (dump->is_learnt && dump->reason[0])
        (void)program_crash_dirs_put(&dump->dirs, dump->file, dump->reason);
}

static int wait_for_bundle(struct dump *dump)
{
    const int64_t since = now_us(CLOCK_REALTIME),
                  end = now_us(CLOCK_MONOTONIC) + dump->request->timeout_ms * INT64_C(1000);
    int64_t asked = 0, core_gone = 0;
    bool was_core = false;
    int found = PROGRAM_CRASH_NONE;
    for (int64_t now; (now = now_us(CLOCK_MONOTONIC)) < end; pause_ms(LOOK_MS)) {
        learn_directory(dump);
        found = program_crash_dirs_find(&dump->dirs, since, dump->words);
        if (found < 0 || found == PROGRAM_CRASH_BUNDLE)
            break;
        was_core |= found == PROGRAM_CRASH_CORE;
        core_gone = !was_core || found == PROGRAM_CRASH_CORE ? 0 : core_gone ? core_gone : now;
        if (core_gone && now - core_gone > 1000000)
            break;
        if (was_core || now - asked < AGAIN_MS * INT64_C(1000))
            continue;
        int error = ask(dump);
        if (error)
            return error;
        asked = now;
    }
    return found == PROGRAM_CRASH_BUNDLE ? 0 : fail_late(dump, found, was_core);
}

/* --- afterwards ----------------------------------------------------------------------------------------- */

/* The process does not wait for its helper: it is told when it can collect it. */
static void let_it_collect(const struct dump *dump)
{
    struct program_process child;
    int missed = 0; /* while processes end, the kernel may leave one out of the list */
    for (int i = 0; i < REAP_TRIES && missed < 3; i++, pause_ms(REAP_MS)) {
        const bool is_there = find_helper(dump, &child);
        missed = is_there ? 0 : missed + 1;
        if (is_there && child.state == 'Z')
            (void)send_token(dump, 0);
    }
}

int program_dump(const struct program_dump_request *request, char ret_words[PROGRAM_DUMP_WORDS])
{
    struct dump dump = {.request = request, .words = ret_words};
    ret_words[0] = '\0';
    int error = judge(&dump);
    if (!error && (error = program_crash_dirs_open(request->pid, &dump.process, &dump.dirs)) != 0)
        error = fail_to_read(&dump, error);
    if (error)
        return error;
    if (getrandom(&dump.token, sizeof dump.token, 0) < 0)
        dump.token = (uint32_t)now_us(CLOCK_MONOTONIC);
    dump.token = (dump.token & ~CRUMPLE_DUMP_REASONED) | 1;
    snprintf(dump.reason, sizeof dump.reason, "%s", request->reason ? request->reason : "");
    if (dump.reason[0])
        dump.token |= CRUMPLE_DUMP_REASONED;
    snprintf(dump.file, sizeof dump.file, "%s%08" PRIx32, CRUMPLE_DUMP_PREFIX, dump.token);
    error = wait_for_bundle(&dump);
    if (dump.reason[0] && dump.is_learnt)
        (void)program_crash_dirs_put(&dump.dirs, dump.file, NULL);
    let_it_collect(&dump);
    program_crash_dirs_close(&dump.dirs);
    return error;
}
