/* SPDX-License-Identifier: MIT */
/*
 * Counts the instructions of one call pair by single steps: steps WHAT [handled], one line 'TOTAL SHIM
 * CALLS': all of them, those that lie in libcrumple.so, system calls. WHAT is in the table below. 'handled':
 * the process has a handler for SIGSEGV. The count is the same in each run, where times are noise and a
 * virtual machine has no counters. Valgrind would not do: crumple stays out under it. A second thread sleeps
 * (but not for fork): libc takes short cuts in a process that has only one.
 */
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "go_on.h"

#define STEPS_MOST 100000

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t semaphore;
static int ends[2], epoll;

/* Where the tracer begins, and where it ends. */
#define MARK __asm__ volatile("int3" ::: "memory")

static void mutex_pair(void)
{
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
}

static void rwlock_pair(void)
{
    pthread_rwlock_rdlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
}

static void semaphore_pair(void)
{
    sem_post(&semaphore);
    sem_wait(&semaphore);
}

static void socket_pair(void)
{
    char byte = 'x';
    if (send(ends[0], &byte, 1, 0) != 1 || recv(ends[1], &byte, 1, 0) != 1)
        abort();
}

static void mask_pair(void)
{
    sigset_t set, old;
    sigfillset(&set);
    sigprocmask(SIG_BLOCK, &set, &old);
    sigprocmask(SIG_SETMASK, &old, NULL);
}

static void action_pair(void)
{
    struct sigaction act = {.sa_handler = SIG_IGN};
    sigaction(SIGFPE, &act, NULL);
    sigaction(SIGFPE, NULL, &act);
}

static void other_action_pair(void)
{
    struct sigaction act = {.sa_handler = SIG_IGN};
    sigaction(SIGUSR1, &act, NULL);
    sigaction(SIGUSR1, NULL, &act);
}

static void altstack_query(void)
{
    stack_t stack;
    sigaltstack(NULL, &stack);
}

static void ppoll_once(void)
{
    sigset_t set;
    sigemptyset(&set);
    ppoll(NULL, 0, &(struct timespec){0}, &set);
}

static void epoll_once(void)
{
    struct epoll_event event;
    sigset_t set;
    sigemptyset(&set);
    epoll_pwait(epoll, &event, 1, 0, &set);
}

static void user_once(void)
{
    if (seteuid(geteuid()) != 0)
        abort();
}

static void *nothing(void *unused)
{
    return unused;
}

static void thread_pair(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, nothing, NULL) != 0)
        abort();
    pthread_join(thread, NULL);
}

static void fork_once(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
}

static const struct kind {
    const char *name;
    void (*pair)(void);
    enum { PLAIN, NESTED, ALONE, FAULTS } how;
} kinds[] = {
    {"mutex", mutex_pair, PLAIN},        {"nested", mutex_pair, NESTED}, /* a pair inside another */
    {"rwlock", rwlock_pair, PLAIN},      {"semaphore", semaphore_pair, PLAIN},
    {"socket", socket_pair, PLAIN},      /* send and recv */
    {"mask", mask_pair, PLAIN},          /* sigprocmask: all blocked, and back */
    {"action", action_pair, PLAIN},      /* sigaction of a fatal signal: set, query */
    {"other", other_action_pair, PLAIN}, /* of another signal */
    {"altstack", altstack_query, PLAIN}, {"ppoll", ppoll_once, PLAIN},
    {"epoll", epoll_once, PLAIN},        {"user", user_once, PLAIN}, /* seteuid */
    {"thread", thread_pair, PLAIN}, /* pthread_create and join, of the creator */
    {"fork", fork_once, ALONE},     /* in a process of one thread, of the parent */
    {"fault", go_on_fault, FAULTS}, /* until its handler has returned */
};
static const struct kind *kind;

static _Noreturn void *sleeper(void *unused)
{
    (void)unused;
    for (;;)
        pause();
}

/* Stepped through between the two marks; the calls before bind what is bound lazily. */
static void *worker(void *unused)
{
    (void)unused;
    kind->pair();
    kind->pair();
    if (kind->how == NESTED)
        pthread_mutex_lock(&outer);
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(70);
    MARK;
    kind->pair();
    MARK;
    _exit(0);
}

static void child(bool handled)
{
    const struct sigaction act = {.sa_sigaction = go_on_handler, .sa_flags = SA_SIGINFO};
    pthread_t thread;
    sem_init(&semaphore, 0, 0);
    epoll = epoll_create1(0);
    if (epoll < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 ||
        (handled && sigaction(SIGSEGV, &act, NULL) != 0))
        _exit(70);
    if (kind->how == ALONE)
        worker(NULL);
    if (pthread_create(&thread, NULL, sleeper, NULL) != 0 || pthread_create(&thread, NULL, worker, NULL) != 0)
        _exit(70);
    for (;;)
        pause(); /* libc's signal for seteuid ends one */
}

/* The executable mapping of the shim in the process, 0 to 0 where it is not there. */
static void find_shim(pid_t pid, uint64_t *ret_start, uint64_t *ret_end)
{
    char path[64], line[512];
    FILE *maps;
    *ret_start = *ret_end = 0;
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    maps = fopen(path, "r");
    while (maps && fgets(line, sizeof line, maps))
        if (strstr(line, " r-xp ") && strstr(line, "libcrumple.so"))
            sscanf(line, "%" SCNx64 "-%" SCNx64, ret_start, ret_end);
    if (maps)
        fclose(maps);
}

/*
 * One step. The stop for a signal comes in place of a step (ptrace(2), signal-delivery-stop): the step is tried again with
 * that signal, or the same instruction would count twice. The child of a fork ends, and sends SIGCHLD, at any moment.
 * False: the thread is no longer there.
 */
static bool step(pid_t tid)
{
    int status, sig = 0;
    do {
        if (ptrace(PTRACE_SINGLESTEP, tid, NULL, (long)sig) != 0 || waitpid(tid, &status, __WALL) != tid ||
            !WIFSTOPPED(status))
            return false;
        sig = WSTOPSIG(status);
    } while (sig != SIGTRAP);
    return true;
}

static int count(pid_t pid, pid_t tid)
{
    uint64_t start, end;
    long total = 0, shim = 0, calls = 0;
    find_shim(pid, &start, &end);
    while (total < STEPS_MOST) {
        struct user_regs_struct regs;
        long code;
        if (ptrace(PTRACE_GETREGS, tid, NULL, &regs) != 0)
            return 1;
        code = ptrace(PTRACE_PEEKTEXT, tid, regs.rip, NULL);
        /* A step onto a breakpoint reports it as the stop of the instruction before. */
        if ((code & 0xff) == 0xcc) {
            printf("%ld %ld %ld\n", total, shim, calls);
            return 0;
        }
        /* One step of a repeated string instruction is one repetition. */
        total++;
        shim += regs.rip >= start && regs.rip < end;
        calls += (code & 0xffff) == 0x050f;
        if (!step(tid))
            return 1;
    }
    return 1;
}

int main(int argc, char **argv)
{
    pid_t pid, tid;
    int status, result = 1;
    for (size_t i = 0; argc > 1 && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(argv[1], kinds[i].name) == 0)
            kind = &kinds[i];
    if (!kind || argc > 3 || (argc == 3 && strcmp(argv[2], "handled") != 0)) {
        fprintf(stderr, "usage: steps WHAT [handled]\nWHAT is one of");
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
            fprintf(stderr, " %s", kinds[i].name);
        fprintf(stderr, "\n");
        return 2;
    }
    pid = fork();
    if (pid == 0)
        child(argc == 3 || kind->how == FAULTS);
    tid = waitpid(-1, &status, __WALL);
    if (tid > 0 && (tid != pid || kind->how == ALONE) && WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP)
        result = count(pid, tid);
    if (result)
        fprintf(stderr, "steps: the thread could not be stepped through\n");
    kill(pid, SIGKILL);
    return result;
}
