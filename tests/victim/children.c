/* SPDX-License-Identifier: MIT */
/*
 * Children that die: fork without exec, prefork servers, vfork, posix_spawn, clones that share (row 58). The
 * first process waits for them, says how they ended ('child=SIGNAL/EXIT'), and ends as the test asks.
 */
#include "victim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_STACK_BYTES = 65536, MOST_CHILDREN = 256 };

static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            give_up("waitpid");
    return status;
}

static void say_end(int status)
{
    fact("child", "%d/%d", WIFSIGNALED(status) ? WTERMSIG(status) : 0,
         WIFEXITED(status) ? WEXITSTATUS(status) : 0);
}

static pid_t fork_to_die(void)
{
    pid_t pid = fork();
    if (pid < 0)
        give_up("fork");
    if (pid == 0) {
        announce();
        write_through_null();
    }
    return pid;
}

/* fork-child: the child faults, the parent goes on. */
static void fork_child(char **arguments)
{
    (void)arguments;
    say_end(wait_for(fork_to_die()));
    _exit(3);
}

/* fork-both: first the child, then its parent. */
static void fork_both(char **arguments)
{
    (void)arguments;
    say_end(wait_for(fork_to_die()));
    announce();
    write_through_null();
}

/* fork-raw: a child of a child, made by the system call, past every hook. */
static void fork_raw(char **arguments)
{
    pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    (void)arguments;
    if (pid == 0)
        say_end(wait_for(fork_to_die()));
    else
        wait_for(pid);
    _exit(3);
}

static void *come_and_go(void *unused)
{
    return unused;
}

static void *churn(void *unused)
{
    (void)unused;
    arrive();
    for (;;) {
        pthread_t thread;
        free(malloc(1000));
        if (pthread_create(&thread, NULL, come_and_go, NULL) == 0)
            pthread_join(thread, NULL);
    }
    return NULL;
}

/* fork-busy N: one child after another, of a process whose other threads allocate, start and end. */
static void fork_busy(char **arguments)
{
    int i, good = 0, n = atoi(arguments[0]);
    start_thread_of(churn, NULL);
    start_thread_of(churn, NULL);
    await_arrivals(2);
    for (i = 0; i < n; i++) {
        pid_t pid = fork();
        if (pid == 0)
            write_through_null();
        int status = wait_for(pid);
        good += WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
    }
    fact("died", "%d", good);
    _exit(3);
}

static void *fork_on(void *unused)
{
    (void)unused;
    arrive();
    for (;;) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        if (pid > 0)
            waitpid(pid, NULL, 0);
    }
    return NULL;
}

/* fork-while-dying: other threads fork while this one is captured. */
static void fork_while_dying(char **arguments)
{
    (void)arguments;
    start_thread_of(fork_on, NULL);
    start_thread_of(fork_on, NULL);
    await_arrivals(2);
    announce();
    write_through_null();
}

/* prefork N: all children fault together. */
static void prefork(char **arguments)
{
    pid_t child[MOST_CHILDREN];
    int i, good = 0, n = atoi(arguments[0]), gate[2];
    char byte;
    if (pipe(gate) != 0 || n > MOST_CHILDREN)
        give_up("pipe");
    for (i = 0; i < n; i++) {
        child[i] = fork();
        if (child[i] == 0) {
            close(gate[1]);
            if (read(gate[0], &byte, 1) == 0)
                write_through_null();
            _exit(70);
        }
    }
    close(gate[1]);
    for (i = 0; i < n; i++) {
        int status = wait_for(child[i]);
        good += WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
    }
    fact("died", "%d", good);
    _exit(3);
}

static int add(int a, int b)
{
    return a + b;
}

/* vfork-child: the child shares this memory; it faults before exec. Then the parent's own fault. */
static void vfork_child(char **arguments)
{
    volatile int before = add(1, 2);
    char *memory = malloc(1000);
    memset(memory, 7, 1000);
    pid_t pid = vfork();
    if (pid == 0)
        write_through_null();
    say_end(wait_for(pid));
    fact("memory", "%d", before == 3 && memory[0] == 7 && memory[999] == 7);
    free(memory);
    if (arguments[0] == NULL)
        _exit(3);
    announce();
    write_through_null();
}

/* spawn PROGRAM [ARGUMENT...]: says the error, or how the program ended. */
static void spawn(char **arguments)
{
    extern char **environ;
    pid_t pid = 0;
    int error = posix_spawn(&pid, arguments[0], NULL, NULL, arguments, environ);
    if (error == 0)
        say_end(wait_for(pid));
    fact("spawn", "%d", error);
    _exit(3);
}

/* libc-daemon: daemon(3), a vfork child that faults, and then the daemon's own fault. */
static void libc_daemon(char **arguments)
{
    int status;
    (void)arguments;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (fork() == 0) {
        if (daemon(0, 1) != 0)
            give_up("daemon");
        pid_t pid = vfork();
        if (pid == 0)
            write_through_null();
        say_end(wait_for(pid));
        announce();
        write_through_null();
    }
    while (wait(&status) > 0)
        if (WIFSIGNALED(status))
            fact("ended", "%d", WTERMSIG(status));
    _exit(3);
}

static int die_in_clone(void *unused)
{
    (void)unused;
    write_through_null();
    return 0;
}

static pid_t clone_with(int flags)
{
    char *stack =
        mmap(NULL, CHILD_STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    pid_t pid = clone(die_in_clone, stack + CHILD_STACK_BYTES, flags | SIGCHLD, NULL);
    if (pid < 0)
        give_up("clone");
    return pid;
}

/* clone-memory: a process of its own in this memory (CLONE_VM) faults; then this one. */
static void clone_memory(char **arguments)
{
    (void)arguments;
    say_end(wait_for(clone_with(CLONE_VM)));
    announce();
    write_through_null();
}

/* clone-files: a process that shares the descriptors faults; they must stay as they are. */
static void clone_files(char **arguments)
{
    int fd = open("/", O_RDONLY | O_DIRECTORY);
    (void)arguments;
    say_end(wait_for(clone_with(CLONE_FILES | CLONE_FS)));
    fact("descriptor", "%d", fcntl(fd, F_GETFD) == 0);
    _exit(3);
}

static void *exec_soon(void *argument)
{
    const struct timespec pause = {0, 1000L * atoi(argument)};
    char *command[] = {(char *)"true", NULL};
    arrive();
    nanosleep(&pause, NULL);
    execv("/bin/true", command);
    return NULL;
}

/* exec-meanwhile MICROSECONDS: another thread calls exec while this one faults. */
static void exec_meanwhile(char **arguments)
{
    start_thread_of(exec_soon, arguments[0]);
    await_arrivals(1);
    write_through_null();
}

/* exec-thrice USER PROGRAM: three children run it, each by itself; with the effective user USER, the real one stays. */
static void exec_thrice(char **arguments)
{
    if (seteuid((uid_t)strtoul(arguments[0], NULL, 10)) != 0)
        give_up("seteuid");
    for (int i = 0; i < 3; i++) {
        int status;
        pid_t child = fork();
        if (child == 0) {
            execvp(arguments[1], arguments + 1);
            _exit(71);
        }
        if (waitpid(child, &status, 0) != child)
            give_up("waitpid");
        fact("status", "%d", status);
    }
}

const struct verb child_verbs[] = {
    {"exec-thrice", IN_MAIN, exec_thrice},
    {"fork-child", IN_MAIN, fork_child},
    {"fork-both", IN_MAIN, fork_both},
    {"fork-raw", IN_MAIN, fork_raw},
    {"fork-busy", IN_MAIN, fork_busy},
    {"fork-while-dying", IN_MAIN, fork_while_dying},
    {"prefork", IN_MAIN, prefork},
    {"vfork-child", IN_MAIN, vfork_child},
    {"spawn", IN_MAIN, spawn},
    {"libc-daemon", IN_MAIN, libc_daemon},
    {"clone-memory", IN_MAIN, clone_memory},
    {"clone-files", IN_MAIN, clone_files},
    {"exec-meanwhile", IN_MAIN, exec_meanwhile},
    {NULL, IN_MAIN, NULL},
};
