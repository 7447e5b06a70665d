/* SPDX-License-Identifier: MIT */
/*
 * A program that keeps its memory from cores: undumpable [STEP...] END. The secret is put together at run
 * time, so that the executable holds none, and lies in .data, in the faulting frame, behind a pointer and in
 * a register. Steps: ask (PR_SET_DUMPABLE 0), want (1), wrong (7), raw-want (1 by the bare system call), drop
 * (of the user), fork, no-process (RLIMIT_NPROC 0), no-memfd (a filter refuses memfd_create), exec (itself,
 * with the steps that follow). Ends: fault, wild (a write through the secret), handled (a fault that its
 * handler raises again), abort, exit, thread (which is contained).
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int *volatile pointer;
static char in_data[64] = {1};
static char *behind;

static void put(char *at)
{
    snprintf(at, 64, "%s_s3cr3%s", "UNDUMPABLE", "t_value_of_some_length");
}

static void raise_again(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}

__attribute__((noinline)) static void end(const char *how)
{
    char local[64];
    unsigned long word;
    put(local);
    put(in_data);
    put(behind);
    memcpy(&word, "s3cr3t_v", sizeof word);
    dprintf(1, "pid=%d\ntid=%d\ntasks=%d\n", getpid(), gettid(), getpid() == gettid() ? 1 : 2);
    if (!strcmp(how, "abort"))
        abort();
    if (!strcmp(how, "handled"))
        signal(SIGSEGV, raise_again);
    if (!strcmp(how, "exit"))
        _exit(7);
    if (!strcmp(how, "wild"))
        __asm__ volatile("movb %%al, (%0)" : : "r"(word), "r"(local) : "memory");
    __asm__ volatile("movl %%eax, (%0)" : : "r"(pointer), "r"(behind), "r"(word), "r"(local) : "memory");
}

static void *routine(void *unused)
{
    end("fault");
    return unused;
}

static void refuse_memfd(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_memfd_create, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        exit(9);
}

static void in_child(void)
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        return;
    waitpid(pid, &status, 0);
    exit(WIFSIGNALED(status) ? 40 + WTERMSIG(status) : WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
    pthread_t thread;
    behind = malloc(64);
    for (int i = 1; i < argc - 1; i++) {
        const char *step = argv[i];
        if (!strcmp(step, "ask") && prctl(PR_SET_DUMPABLE, 0) != 0)
            return 9;
        if (!strcmp(step, "want") && prctl(PR_SET_DUMPABLE, 1) != 0)
            return 9;
        if (!strcmp(step, "wrong") && (prctl(PR_SET_DUMPABLE, 7) != -1 || errno != EINVAL))
            return 9;
        if (!strcmp(step, "raw-want") && syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0) != 0)
            return 9;
        if (!strcmp(step, "drop") && (setgid(65534) != 0 || setuid(65534) != 0))
            return 9;
        if (!strcmp(step, "fork"))
            in_child();
        if (!strcmp(step, "no-process") && setrlimit(RLIMIT_NPROC, &(struct rlimit){0, 0}) != 0)
            return 9;
        if (!strcmp(step, "no-memfd"))
            refuse_memfd();
        if (!strcmp(step, "exec"))
            return execv("/proc/self/exe", argv + i), 9;
    }
    if (!strcmp(argv[argc - 1], "thread")) {
        pthread_create(&thread, NULL, routine, NULL);
        pthread_join(thread, NULL);
        dprintf(1, "alive\n");
        return 0;
    }
    end(argv[argc - 1]);
    return 0;
}
