/* SPDX-License-Identifier: MIT */
/*
 * Counts the instructions of one call pair by single steps: steps WHAT, one line 'TOTAL SHIM', where SHIM is
 * how many lie in libcrumple.so. WHAT is mutex, nested (a pair inside another), rwlock, semaphore, socket
 * (send and recv). The count is the same in each run, where times are noise and a virtual machine has no
 * counters. Valgrind would not do: crumple stays out under it. A second thread sleeps: libc takes short cuts
 * in a process that has only one.
 */
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEPS_MOST 100000

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t semaphore;
static int ends[2];

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

static void (*pair)(void);

static void *sleeper(void *unused)
{
    pause();
    return unused;
}

/* Stepped through between the two marks; the calls before bind what is bound lazily. */
static void *worker(void *nested)
{
    pair();
    pair();
    if (nested)
        pthread_mutex_lock(&outer);
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(70);
    MARK;
    pair();
    MARK;
    _exit(0);
}

static void child(bool nested)
{
    pthread_t thread;
    sem_init(&semaphore, 0, 0);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 || pthread_create(&thread, NULL, sleeper, NULL) != 0 ||
        pthread_create(&thread, NULL, worker, nested ? &outer : NULL) != 0)
        _exit(70);
    pause();
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

/* A step onto a breakpoint reports it as the stop of the instruction before. */
static bool is_at_mark(pid_t tid, uint64_t rip)
{
    return (uint8_t)ptrace(PTRACE_PEEKTEXT, tid, rip, NULL) == 0xcc;
}

static int count(pid_t pid, pid_t tid)
{
    uint64_t start, end;
    long total = 0, shim = 0;
    find_shim(pid, &start, &end);
    while (total < STEPS_MOST) {
        struct user_regs_struct regs;
        int status;
        if (ptrace(PTRACE_GETREGS, tid, NULL, &regs) != 0)
            return 1;
        if (is_at_mark(tid, regs.rip)) {
            printf("%ld %ld\n", total, shim);
            return 0;
        }
        total++;
        shim += regs.rip >= start && regs.rip < end;
        if (ptrace(PTRACE_SINGLESTEP, tid, NULL, NULL) != 0 || waitpid(tid, &status, __WALL) != tid ||
            !WIFSTOPPED(status))
            return 1;
    }
    return 1;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    bool nested = strcmp(what, "nested") == 0;
    pid_t pid, tid;
    int status, result = 1;
    pair = strcmp(what, "mutex") == 0 || nested ? mutex_pair
           : strcmp(what, "rwlock") == 0        ? rwlock_pair
           : strcmp(what, "semaphore") == 0     ? semaphore_pair
           : strcmp(what, "socket") == 0        ? socket_pair
                                                : NULL;
    if (!pair) {
        fprintf(stderr, "usage: steps mutex|nested|rwlock|semaphore|socket\n");
        return 2;
    }
    pid = fork();
    if (pid == 0)
        child(nested);
    tid = waitpid(-1, &status, __WALL);
    if (tid > 0 && tid != pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP)
        result = count(pid, tid);
    if (result)
        fprintf(stderr, "steps: the thread could not be stepped through\n");
    kill(pid, SIGKILL);
    return result;
}
