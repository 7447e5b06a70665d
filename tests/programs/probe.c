/* SPDX-License-Identifier: MIT */
/*
 * Prints what a program can observe of itself: run once plainly and once with the shim, both outputs must be
 * the same. Addresses that differ from run to run are printed as names.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
extern void (*sysv_signal(int, void (*)(int)))(int);

static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGABRT, SIGTERM, SIGUSR1};
static volatile sig_atomic_t handled;

static void handler_a(int sig)
{
    handled = sig;
}

static void handler_b(int sig, siginfo_t *info, void *context)
{
    (void)context;
    handled = sig + 100 * (info->si_code == SI_TKILL);
}

static const char *name_of(void (*handler)(int))
{
    return handler == SIG_DFL                     ? "default"
           : handler == SIG_IGN                   ? "ignore"
           : handler == SIG_HOLD                  ? "hold"
           : handler == SIG_ERR                   ? "error"
           : handler == handler_a                 ? "a"
           : (void *)handler == (void *)handler_b ? "b"
                                                  : "STRANGER";
}

static unsigned long long bits(const sigset_t *set)
{
    unsigned long long v = 0;
    int sig;
    for (sig = 1; sig <= 64; sig++)
        if (sigismember(set, sig) == 1)
            v |= 1ull << (sig - 1);
    return v;
}

static void show_action(const char *when, int sig)
{
    struct sigaction now;
    memset(&now, 0x55, sizeof now);
    int rc = sigaction(sig, NULL, &now);
    printf("%s %d: %d %s flags %x mask %llx restorer %d\n", when, sig, rc, name_of(now.sa_handler),
           (unsigned)now.sa_flags, bits(&now.sa_mask), now.sa_restorer != NULL);
}

static void set_and_show(int sig, void *handler, int flags, bool full)
{
    struct sigaction act = {.sa_flags = flags}, old;
    act.sa_handler = (void (*)(int))handler;
    if (full)
        sigfillset(&act.sa_mask);
    else
        sigaddset(&act.sa_mask, SIGUSR2);
    errno = 4242;
    int rc = sigaction(sig, &act, &old);
    printf("  set: %d errno %d old %s flags %x mask %llx\n", rc, errno, name_of(old.sa_handler),
           (unsigned)old.sa_flags, bits(&old.sa_mask));
    show_action("  now", sig);
}

static void probe_actions(void)
{
    size_t i;
    for (i = 0; i < sizeof fatal / sizeof *fatal; i++) {
        int sig = fatal[i];
        show_action("start", sig);
        set_and_show(sig, handler_a, 0, false);
        set_and_show(sig, handler_b, (int)(SA_SIGINFO | SA_RESTART | SA_NODEFER), true);
        set_and_show(sig, SIG_IGN, 0, false);
        set_and_show(sig, SIG_DFL, SA_RESTART, true);
        set_and_show(sig, handler_a, (int)SA_RESETHAND, true);
        raise(sig);
        printf("  handled %d\n", (int)handled);
        show_action("  after", sig);
        set_and_show(sig, SIG_DFL, 0, false);
        printf("  signal: %s", name_of(signal(sig, handler_a)));
        printf(" %s", name_of(signal(sig, SIG_DFL)));
        printf(" %s", name_of(signal(sig, SIG_IGN)));
        printf(" sysv %s", name_of(sysv_signal(sig, handler_a)));
        show_action(" then", sig);
        printf("  sigset: %s", name_of(sigset(sig, SIG_HOLD)));
        printf(" %s", name_of(sigset(sig, SIG_DFL)));
        printf(" %s\n", name_of(sigset(sig, SIG_DFL)));
        show_action("  end", sig);
        printf("  sigignore %d", sigignore(sig));
        show_action("", sig);
        signal(sig, SIG_DFL);
    }
    errno = 0;
    printf("bad numbers: %d %d", sigaction(0, NULL, NULL), errno);
    struct sigaction act = {.sa_handler = SIG_IGN};
    printf(" %d %d", sigaction(65, &act, NULL), errno);
    printf(" %d %d %s\n", sigaction(SIGKILL, &act, NULL), errno, name_of(signal(99, handler_a)));
}

static void show_mask(const char *when)
{
    sigset_t now;
    pthread_sigmask(SIG_SETMASK, NULL, &now);
    printf("mask %s: %llx\n", when, bits(&now));
}

static void *thread_mask(void *arg)
{
    show_mask("inherited by a thread");
    return arg;
}

static void probe_masks(void)
{
    sigset_t set, old;
    pthread_t thread;
    show_mask("start");
    sigfillset(&set);
    printf("block all: %d", sigprocmask(SIG_BLOCK, &set, &old));
    printf(" old %llx\n", bits(&old));
    show_mask("all");
    pthread_create(&thread, NULL, thread_mask, NULL);
    pthread_join(thread, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGSEGV);
    pthread_sigmask(SIG_UNBLOCK, &set, &set); /* in and out the same */
    printf("unblock in place: %llx\n", bits(&set));
    show_mask("without SEGV");
    sighold(SIGSEGV);
    /* Sent while blocked: it stays pending, and a wait takes it. */
    raise(SIGSEGV);
    sigpending(&set);
    printf("pending %llx\n", bits(&set));
    sigemptyset(&set);
    sigaddset(&set, SIGSEGV);
    siginfo_t info;
    printf("waited %d", sigwaitinfo(&set, &info));
    printf(" code %d\n", info.si_code);
    sigemptyset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    show_mask("end");
    printf("bad how: %d", pthread_sigmask(77, &set, NULL));
    errno = 0;
    printf(" %d %d\n", sigprocmask(77, &set, NULL), errno);
}

static sigjmp_buf jump;

static void block_and_return(int sig)
{
    sigset_t set;
    (void)sig;
    sigfillset(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static void *wait_for_any(void *arg)
{
    sigset_t set;
    int sig = 0;
    sigfillset(&set);
    sigwait(&set, &sig);
    printf("a thread in sigwait took %d\n", sig);
    return arg;
}

/* Masks that change without a call: by the return of a handler, by siglongjmp. */
static void probe_stale_masks(void)
{
    sigset_t set, old;
    pthread_t thread;
    signal(SIGUSR1, block_and_return);
    raise(SIGUSR1);
    show_mask("after a handler that blocked all");
    if (sigsetjmp(jump, 1) == 0) {
        sigfillset(&set);
        sigprocmask(SIG_BLOCK, &set, NULL);
        siglongjmp(jump, 1);
    }
    show_mask("after siglongjmp");
    signal(SIGUSR1, SIG_DFL);
    sigfillset(&set);
    sigprocmask(SIG_BLOCK, &set, &old);
    pthread_create(&thread, NULL, wait_for_any, NULL);
    kill(getpid(), SIGTRAP);
    pthread_join(thread, NULL);
    sigprocmask(SIG_SETMASK, &old, NULL);
}

/* What a vfork child sets for itself before exec is none of its parent's business. */
static void probe_vfork(void)
{
    struct sigaction act = {.sa_handler = handler_a, .sa_flags = (int)SA_RESETHAND};
    int status, sig;
    pid_t pid;
    sigaction(SIGSEGV, &act, NULL);
    pid = vfork();
    if (pid == 0) {
        sigset_t none;
        for (sig = 1; sig < 32; sig++)
            signal(sig, SIG_DFL);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        _exit(5);
    }
    waitpid(pid, &status, 0);
    printf("vfork child %d\n", WEXITSTATUS(status));
    show_action("after vfork", SIGSEGV);
    raise(SIGSEGV);
    printf("handled %d\n", (int)handled);
    show_action("then", SIGSEGV);
}

static void show_stack(const char *when, const char *mine)
{
    stack_t now;
    int rc = sigaltstack(NULL, &now);
    printf("altstack %s: %d mine %d size %zu flags %x\n", when, rc, now.ss_sp == mine, now.ss_size,
           (unsigned)now.ss_flags);
}

static void on_stack(int sig)
{
    stack_t other = {.ss_flags = SS_DISABLE}, now;
    errno = 0;
    int rc = sigaltstack(&other, NULL), error = errno;
    sigaltstack(NULL, &now);
    printf("  in handler %d: change %d errno %d flags %x\n", sig, rc, error, (unsigned)now.ss_flags);
}

static void probe_altstack(size_t bytes)
{
    char *mine = malloc(bytes);
    stack_t ss = {.ss_sp = mine, .ss_size = bytes}, old;
    struct sigaction act = {.sa_handler = on_stack, .sa_flags = SA_ONSTACK};
    errno = 0;
    int rc = sigaltstack(&ss, &old), error = errno;
    printf("altstack of %zu: %d errno %d", bytes, rc, rc ? error : 0);
    /* Without a stack of its own an SA_ONSTACK handler runs on crumple's: docs/architecture.md names this
     * difference. */
    if (rc == 0) {
        printf(", before: size %zu flags %x\n", old.ss_size, (unsigned)old.ss_flags);
        show_stack("set", mine);
        sigaction(SIGUSR1, &act, NULL);
        raise(SIGUSR1);
        signal(SIGUSR1, SIG_DFL);
    }
    ss.ss_flags = SS_DISABLE;
    sigaltstack(&ss, NULL);
    show_stack("disabled", mine);
    ss.ss_flags = 0x40;
    errno = 0;
    rc = sigaltstack(&ss, NULL);
    printf("bad flags: %d errno %d\n", rc, errno);
    free(mine);
}

static void count_entries(const char *path, int below)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    int n = 0;
    while ((entry = readdir(dir)))
        n += entry->d_name[0] != '.' && atoi(entry->d_name) < below;
    closedir(dir);
    printf("%s: %d\n", path, n);
}

static void *thread_facts(void *arg)
{
    pthread_attr_t attr;
    void *stack;
    size_t bytes, guard;
    pthread_getattr_np(pthread_self(), &attr);
    pthread_attr_getstack(&attr, &stack, &bytes);
    pthread_attr_getguardsize(&attr, &guard);
    printf("thread: argument %s stack %zu guard %zu inside %d\n", (const char *)arg, bytes, guard,
           (char *)&attr > (char *)stack && (char *)&attr < (char *)stack + bytes);
    pthread_attr_destroy(&attr);
    count_entries("/proc/self/task", 1 << 30);
    return arg;
}

static void *thread_exits(void *arg)
{
    pthread_exit(arg);
}

static void *thread_waits(void *arg)
{
    pause();
    return arg;
}

static void probe_threads(void)
{
    pthread_t thread;
    pthread_attr_t attr;
    void *result;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 65536);
    int rc = pthread_create(&thread, &attr, thread_facts, "small");
    pthread_join(thread, &result);
    printf("create %d joined %s\n", rc, (char *)result);
    pthread_create(&thread, NULL, thread_exits, "exited");
    pthread_join(thread, &result);
    printf("joined %s\n", (char *)result);
    pthread_create(&thread, NULL, thread_waits, NULL);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("cancelled %d\n", result == PTHREAD_CANCELED);
    pthread_attr_setstacksize(&attr, (size_t)1 << 60);
    printf("too large: %d\n", pthread_create(&thread, &attr, thread_exits, NULL));
}

int main(int argc, char **argv)
{
    int status;
    extern char **environ;
    if (argc > 2) {
        probe_told_mask(argv[2]);
        return 0;
    }
    printf("first errno %d\n", errno);
    setvbuf(stdout, NULL, _IOLBF, 0);
    count_entries("/proc/self/fd", 1 << 30);
    count_entries("/proc/self/task", 1 << 30);
    printf("children: %d %d\n", (int)waitpid(-1, &status, WNOHANG), errno);
    printf("environment %d\n", getenv("LD_LIBRARY_PATH") != NULL || !environ);
    probe_actions();
    probe_masks();
    probe_stale_masks();
    probe_vfork();
    probe_altstack(1024);
    probe_altstack(8192);
    probe_altstack(65536);
    probe_threads();
    probe_more();
    return 7;
}
