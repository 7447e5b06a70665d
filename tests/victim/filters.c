/* SPDX-License-Identifier: MIT */
/*
 * System call filters (rows 24 and 60), as sandboxes install them. The lists come from the tests, as numbers:
 *
 *   filtered ACTION only|all-but NUMBER...
 *
 *   behind ACTION only|all-but NUMBER... -- PROGRAM...
 *
 * ACTION happens to every call but those listed, or to those listed: eperm, enosys, trap, kill-thread,
 * kill-process.
 */
#include "victim.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

enum { NUMBERS_MOST = 400, NEIGHBOURS = 3 };

static const struct {
    const char *name;
    uint32_t value;
} actions[] = {
    {"eperm", SECCOMP_RET_ERRNO | EPERM},
    {"enosys", SECCOMP_RET_ERRNO | ENOSYS},
    {"trap", SECCOMP_RET_TRAP},
    {"kill-thread", SECCOMP_RET_KILL_THREAD},
    {"kill-process", SECCOMP_RET_KILL_PROCESS},
};

static uint32_t action_named(const char *name)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (name != NULL && strcmp(actions[i].name, name) == 0)
            return actions[i].value;
    }
    errno = EINVAL;
    give_up("action of the filter");
}

static void add(struct sock_fprog *program, struct sock_filter instruction)
{
    program->filter[program->len++] = instruction;
}

/* flags SECCOMP_FILTER_FLAG_TSYNC: for all threads of the process, and what they start. */
static void install_filter(uint32_t action, bool only, char **numbers, unsigned flags)
{
    static struct sock_filter room[2 * NUMBERS_MOST + 3];
    struct sock_fprog program = {.filter = room};
    uint32_t listed = only ? SECCOMP_RET_ALLOW : action;

    add(&program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
    for (; *numbers != NULL && program.len < 2 * NUMBERS_MOST; numbers++) {
        uint32_t number = (uint32_t)strtoul(*numbers, NULL, 10);
        add(&program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
        add(&program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, listed));
    }
    add(&program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, only ? action : SECCOMP_RET_ALLOW));
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) != 0)
        give_up("seccomp");
}

static void install_from(char **arguments)
{
    uint32_t action = action_named(arguments[0]);
    bool only = strcmp(arguments[1], "only") == 0;
    install_filter(action, only, arguments + 2, SECCOMP_FILTER_FLAG_TSYNC);
}

static void start_neighbours(void)
{
    for (int i = 0; i < NEIGHBOURS; i++)
        start_thread_of(park, NULL);
    await_arrivals(NEIGHBOURS);
}

/* filtered: faults behind a filter; all that the victim itself needs is done before. */
static void filtered(char **arguments)
{
    start_neighbours();
    announce();
    install_from(arguments);
    write_through_null();
}

/* filtered-abort: the same, by abort(), whose own calls must be on the list. */
static void filtered_abort(char **arguments)
{
    start_neighbours();
    announce();
    install_from(arguments);
    abort();
}

static volatile sig_atomic_t emulated;

/* A sandbox's broker: answers for the calls that its filter traps, and is not meant for anybody else's. */
static void emulate(int number, siginfo_t *info, void *context)
{
    ucontext_t *interrupted = context;
    (void)number;
    (void)info;
    emulated = emulated + 1;
    interrupted->uc_mcontext.gregs[REG_RAX] = -EPERM;
}

/* A broker that knows what it may be asked, and calls anything else a break-in. */
static void emulate_or_exit(int number, siginfo_t *info, void *context)
{
    static const char words[] = "broker=asked for what it does not know\n";
    if (info->si_syscall == SYS_sched_rr_get_interval) {
        emulate(number, info, context);
        return;
    }
    if (write(STDOUT_FILENO, words, sizeof words - 1) < 0)
        _exit(71);
    _exit(70);
}

static void install_broker(void (*broker)(int, siginfo_t *, void *))
{
    struct sigaction act = {.sa_sigaction = broker, .sa_flags = SA_SIGINFO | SA_NODEFER};
    if (sigaction(SIGSYS, &act, NULL) != 0)
        give_up("sigaction");
}

static void *ask_broker(void *unused)
{
    (void)unused;
    for (;;) {
        syscall(SYS_sched_rr_get_interval, 0, NULL);
        if (emulated == 1)
            arrive();
    }
    return NULL;
}

/* By a raw call, as libc blocks signals while it makes a thread: all but those by which threads are stopped. */
static void *park_deaf(void *unused)
{
    const unsigned long most = ~(3ul << 32);
    if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &most, NULL, sizeof most) != 0)
        give_up("rt_sigprocmask");
    return park(unused);
}

/* broker [strict]: the same fault, with an own handler for the calls that are trapped; and a thread that
 * needs it all the time. */
static void broker(char **arguments)
{
    bool strict = strcmp(arguments[0], "strict") == 0;
    start_neighbours();
    install_broker(strict ? emulate_or_exit : emulate);
    start_thread_of(ask_broker, NULL);
    start_thread_of(park_deaf, NULL);
    announce();
    install_from(arguments + 1);
    await_arrivals(NEIGHBOURS + 2);
    write_through_null();
}

static NOINLINE void make_trapped_call(void)
{
    syscall(SYS_sched_rr_get_interval, 0, NULL);
}

/* trapped-call: the application's own call is the fault. */
static void trapped_call(char **arguments)
{
    (void)arguments;
    start_neighbours();
    announce();
    install_filter(SECCOMP_RET_TRAP, false, (char *[]){"148", NULL}, SECCOMP_FILTER_FLAG_TSYNC);
    make_trapped_call();
}

static void *short_life(void *argument)
{
    char *bytes = malloc(100);
    memset(bytes, 1, 100);
    free(bytes);
    return argument;
}

/*
 * healthy: a small threaded life, for the comparison of its system calls; with arguments behind a filter.
 * Whether pthread_join makes a call depends on who is faster; so it is called when the thread has ended.
 */
static void healthy(char **arguments)
{
    if (arguments[0] != NULL)
        install_from(arguments);
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        int error = pthread_create(&thread, NULL, short_life, NULL);
        if (error != 0) {
            errno = error;
            give_up("pthread_create");
        }
        while (pthread_tryjoin_np(thread, NULL) == EBUSY)
            __builtin_ia32_pause();
    }
}

static void *filter_itself(void *unused)
{
    install_filter(SECCOMP_RET_KILL_PROCESS, true, (char *[]){"202", "34", "35", "15", NULL}, 0);
    arrive();
    for (;;)
        (void)pause();
    return unused;
}

/* live-with-filtered-thread: one thread has a filter (futex, pause, nanosleep, rt_sigreturn), the process has none. */
static void live_with_filtered_thread(char **arguments)
{
    (void)arguments;
    start_thread_of(filter_itself, NULL);
    await_arrivals(1);
    announce();
    for (;;)
        (void)pause();
}

/* behind ACTION only|all-but NUMBER... -- PROGRAM...: the filter is there before the program is, as a service
 * manager does it. */
static void behind(char **arguments)
{
    char **program = arguments;
    while (*program != NULL && strcmp(*program, "--") != 0)
        program++;
    if (*program == NULL)
        give_up("no program");
    *program++ = NULL;
    install_from(arguments);
    execv(program[0], program);
    give_up(program[0]);
}

const struct verb filter_verbs[] = {
    {"filtered", IN_WORKER, filtered},
    {"filtered-abort", IN_WORKER, filtered_abort},
    {"broker", IN_WORKER, broker},
    {"trapped-call", IN_WORKER, trapped_call},
    {"filtered-healthy", IN_MAIN, healthy},
    {"live-with-filtered-thread", IN_MAIN, live_with_filtered_thread},
    {"behind", IN_MAIN, behind},
    {NULL, IN_MAIN, NULL},
};
