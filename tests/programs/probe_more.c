/* SPDX-License-Identifier: MIT */
/*
 * The second part of the probe: errno after every hooked function, all signals through sigaction and
 * siginterrupt, masks handed to threads and programs, cancellation, contexts, stacks of threads, limits.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <threads.h>
#include <ucontext.h>
#include <unistd.h>

#include "probe.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
extern int __ppoll_chk(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *, size_t);
extern char **environ;

static void do_nothing(int sig)
{
    (void)sig;
}

static unsigned long long mask_now(void)
{
    sigset_t now;
    unsigned long long bits = 0;
    pthread_sigmask(SIG_SETMASK, NULL, &now);
    for (int sig = 1; sig <= 64; sig++)
        if (sigismember(&now, sig) == 1)
            bits |= 1ull << (sig - 1);
    return bits;
}

#define KEEPS(call)                                                                                          \
    do {                                                                                                     \
        errno = 4242;                                                                                        \
        long rc = (long)(call);                                                                              \
        printf("errno after %s: %d, result %ld\n", #call, errno, rc);                                        \
    } while (0)

static void probe_errno(void)
{
    struct timespec none = {0, 0};
    struct sigaction act = {.sa_handler = do_nothing};
    sigset_t empty;
    stack_t stack;
    struct epoll_event event;
    int fd = epoll_create1(0), status;
    pid_t pid;
    char *args[] = {"true", NULL};
    sigemptyset(&empty);
    for (int sig = SIGILL; sig <= SIGSEGV; sig += SIGSEGV - SIGILL) {
        KEEPS(sigaction(sig, &act, NULL));
        KEEPS(signal(sig, SIG_DFL) == do_nothing);
        KEEPS(sighold(sig));
        KEEPS(sigrelse(sig));
        KEEPS(sigset(sig, SIG_DFL) == SIG_DFL);
        KEEPS(sigignore(sig));
        KEEPS(signal(sig, SIG_DFL) == SIG_IGN);
        KEEPS(siginterrupt(sig, 1));
    }
    KEEPS(sigprocmask(SIG_BLOCK, &empty, NULL));
    KEEPS(pthread_sigmask(SIG_BLOCK, &empty, NULL));
    KEEPS(sigaltstack(NULL, &stack));
    KEEPS(ppoll(NULL, 0, &none, &empty));
    KEEPS(__ppoll_chk(NULL, 0, &none, &empty, 0));
    KEEPS(pselect(0, NULL, NULL, NULL, &none, &empty));
    KEEPS(epoll_pwait(fd, &event, 1, 0, &empty));
    KEEPS(epoll_pwait2(fd, &event, 1, &none, &empty));
    KEEPS(seteuid(geteuid()));
    KEEPS(setreuid((uid_t)-1, (uid_t)-1));
    KEEPS(setresuid((uid_t)-1, (uid_t)-1, (uid_t)-1));
    KEEPS(posix_spawnp(&pid, "true", NULL, NULL, args, environ) + waitpid(pid, &status, 0) == pid);
    KEEPS(system("exit 3"));
    KEEPS(execl("/nonexistent/x", "x", NULL));
    KEEPS(execvp("/nonexistent/x", args));
    KEEPS(fexecve(-1, args, environ));
    KEEPS(pclose(popen("exit 4", "r")));
    close(fd);
}

static void probe_all_signals(void)
{
    for (int sig = 0; sig <= 65; sig++) {
        struct sigaction act = {.sa_handler = do_nothing, .sa_flags = SA_RESTART}, old, now;
        errno = 0;
        int rc = sigaction(sig, &act, &old);
        printf("signal %d: %d %d", sig, rc, errno);
        if (rc == 0) {
            siginterrupt(sig, 1);
            sigaction(sig, NULL, &now);
            printf(" was %d, interrupting: flags %x", old.sa_handler == SIG_DFL, (unsigned)now.sa_flags);
            siginterrupt(sig, 0);
            sigaction(sig, &old, &now);
            printf(" and %x own %d", (unsigned)now.sa_flags, now.sa_handler == do_nothing);
        }
        printf("\n");
    }
}

static void *tell_mask(void *name)
{
    printf("mask of a thread by %s: %llx\n", (char *)name, mask_now());
    return NULL;
}

static int tell_mask_c11(void *name)
{
    tell_mask(name);
    return -5;
}

static void tell_in_program(const char *name, const posix_spawnattr_t *attr)
{
    char *args[] = {"/proc/self/exe", "--mask", (char *)name, NULL};
    int status;
    pid_t pid;
    fflush(stdout);
    int rc = posix_spawn(&pid, args[0], NULL, attr, args, environ);
    waitpid(pid, &status, 0);
    printf("spawned %d %x\n", rc, status);
}

static void probe_handed_masks(void)
{
    sigset_t set, all, old;
    pthread_attr_t attr;
    posix_spawnattr_t spawn;
    pthread_t thread;
    thrd_t c11;
    int result, status;
    sigemptyset(&set);
    sigaddset(&set, SIGSEGV);
    sigaddset(&set, SIGUSR1);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    thrd_create(&c11, tell_mask_c11, "thrd_create");
    thrd_join(c11, &result);
    printf("C11 result %d\n", result);
    pthread_attr_init(&attr);
    pthread_attr_setsigmask_np(&attr, &all);
    pthread_create(&thread, &attr, tell_mask, "an attribute");
    pthread_join(thread, NULL);
    printf("own mask %llx\n", mask_now());
    posix_spawnattr_init(&spawn);
    posix_spawnattr_setflags(&spawn, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&spawn, &old);
    posix_spawnattr_setsigdefault(&spawn, &all);
    tell_in_program("posix_spawn with none", &spawn);
    posix_spawnattr_setsigmask(&spawn, &all);
    tell_in_program("posix_spawn with all", &spawn);
    if (fork() == 0) {
        execl("/proc/self/exe", "probe", "--mask", "execl", NULL);
        _exit(9);
    }
    wait(&status);
    if (vfork() == 0) {
        execle("/proc/self/exe", "probe", "--mask", "execle after vfork", NULL, environ);
        _exit(9);
    }
    wait(&status);
    printf("own mask %llx\n", mask_now());
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void probe_told_mask(const char *name)
{
    printf("mask of a program by %s: %llx\n", name, mask_now());
}

static void say_cleanup(void *name)
{
    printf("cleaned up: %s\n", (char *)name);
}

static void *wait_cancelled(void *name)
{
    sigset_t none;
    struct epoll_event event;
    sigemptyset(&none);
    pthread_cleanup_push(say_cleanup, name);
    switch (*(char *)name) {
    case 's':
        sigsuspend(&none);
        break;
    case 'p':
        ppoll(NULL, 0, NULL, &none);
        break;
    case 'S':
        pselect(0, NULL, NULL, NULL, NULL, &none);
        break;
    default:
        epoll_pwait(epoll_create1(0), &event, 1, -1, &none);
        break;
    }
    pthread_cleanup_pop(0);
    return NULL;
}

static void probe_cancellation(void)
{
    static const char *const names[] = {"sigsuspend", "ppoll", "Select", "epoll"};
    pthread_t thread;
    void *result;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        pthread_create(&thread, NULL, wait_cancelled, (void *)names[i]);
        usleep(2000);
        pthread_cancel(thread);
        pthread_join(thread, &result);
        printf("cancelled in %s: %d\n", names[i], result == PTHREAD_CANCELED);
    }
}

static ucontext_t here, there;

static void in_context(void)
{
    printf("in a context: mask %llx\n", mask_now());
    swapcontext(&there, &here);
}

static void probe_contexts(void)
{
    static char stack[65536];
    getcontext(&there);
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = sizeof stack;
    there.uc_link = &here;
    makecontext(&there, in_context, 0);
    swapcontext(&here, &there);
    printf("back: mask %llx\n", mask_now());
}

static void *tell_bounds(void *mine)
{
    pthread_attr_t attr;
    size_t bytes, guard;
    void *low;
    int detached;
    pthread_getattr_np(pthread_self(), &attr);
    pthread_attr_getstack(&attr, &low, &bytes);
    pthread_attr_getguardsize(&attr, &guard);
    pthread_attr_getdetachstate(&attr, &detached);
    printf("bounds: %zu guard %zu detached %d own %d\n", bytes, guard, detached, low == mine);
    pthread_attr_destroy(&attr);
    return mine;
}

static void probe_stacks(void)
{
    void *memory = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_attr_t attr;
    pthread_t thread;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 16384);
    pthread_attr_setguardsize(&attr, 0);
    pthread_create(&thread, &attr, tell_bounds, NULL);
    pthread_join(thread, NULL);
    pthread_attr_setstack(&attr, memory, 65536);
    pthread_create(&thread, &attr, tell_bounds, memory);
    pthread_join(thread, NULL);
    munmap(memory, 65536);
}

static void show_status(void)
{
    static const char *const wanted[] = {
        "Threads:", "Seccomp:", "NoNewPrivs:", "SigPnd:", "ShdPnd:", "Umask:", "Cap"};
    char line[256];
    FILE *file = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, file))
        for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
            if (strncmp(line, wanted[i], strlen(wanted[i])) == 0)
                fputs(line, stdout);
    fclose(file);
}

static void show_limits(void)
{
    struct rlimit limit;
    char dir[4096];
    stack_t stack;
    unsigned long permitted = 0;
    for (int i = 0; i < RLIM_NLIMITS; i++)
        if (getrlimit(i, &limit) == 0)
            printf("limit %d: %lx %lx\n", i, (unsigned long)limit.rlim_cur, (unsigned long)limit.rlim_max);
    printf("directory %d policy %d nice %d\n", getcwd(dir, sizeof dir) != NULL, sched_getscheduler(0),
           getpriority(PRIO_PROCESS, 0));
    /* Row 32: 18 is AMX's tile data. */
    errno = 0;
    long rc = syscall(SYS_arch_prctl, 0x1023 /* ARCH_REQ_XCOMP_PERM */, 18);
    printf("AMX asked for: %ld %d", rc, rc ? errno : 0);
    syscall(SYS_arch_prctl, 0x1022 /* ARCH_GET_XCOMP_PERM */, &permitted);
    printf(" permitted %d\n", (int)(permitted >> 18 & 1));
    rc = sigaltstack(NULL, &stack);
    printf("stack: %ld %x\n", rc, (unsigned)stack.ss_flags);
}

static __thread int mark;
static void last_words(void)
{
    printf("at exit: mark %d mask %llx\n", mark, mask_now());
}

void probe_more(void)
{
    mark = 3;
    atexit(last_words);
    show_status();
    show_limits();
    probe_all_signals();
    probe_errno();
    probe_handed_masks();
    probe_cancellation();
    probe_contexts();
    probe_stacks();
    show_status();
}
