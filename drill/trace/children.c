/* SPDX-License-Identifier: MIT */
/* Children: see children.h. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "trace/children.h"

#define LOOK_US (DRILL_LOOK_MS * INT64_C(1000))

static volatile sig_atomic_t interrupted;

static void note(int signo)
{
    (void)signo;
    interrupted = 1;
}

void drill_children_note_interrupts(void)
{
    const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = note};

    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaction(signals[i], &action, NULL);
}

bool drill_children_interrupted(void)
{
    return interrupted;
}

int64_t drill_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

/* SIGCHLD stays blocked: sigtimedwait takes it, so that no end is missed between looking and sleeping. */
pid_t drill_children_fork(void)
{
    pid_t parent = getpid(), child = fork();
    sigset_t set;

    if (child != 0)
        return child < 0 ? -errno : child;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(1);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    drill_children_note_interrupts();
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return 0;
}

int drill_children_ask(drill_work *work, const void *request, void *answer, size_t size)
{
    int ends[2];
    ssize_t n;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    pid_t child = drill_children_fork();
    if (child == 0) {
        work(request, answer);
        _exit(write(ends[1], answer, size) == (ssize_t)size ? 0 : 1);
    }
    close(ends[1]);
    do {
        if (child > 0 && interrupted)
            kill(child, SIGTERM);
        n = read(ends[0], answer, size);
    } while (n < 0 && errno == EINTR);
    close(ends[0]);
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
        kill(child, SIGTERM);
    if (child < 0)
        return (int)child;
    return interrupted ? -EINTR : n == (ssize_t)size ? 0 : -ECHILD;
}

int drill_children_wait(int64_t deadline_us, pid_t *ret_pid, int *ret_status)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    for (;;) {
        int64_t left = deadline_us - drill_now_us(), step = left < LOOK_US ? left : LOOK_US;
        struct timespec wait = {.tv_nsec = step * 1000};

        if (interrupted)
            return -EINTR;
        *ret_pid = waitpid(-1, ret_status, __WALL | WNOHANG);
        if (*ret_pid > 0)
            return 0;
        if (left <= 0)
            return -ETIMEDOUT;
        (void)sigtimedwait(&set, NULL, &wait);
    }
}

void drill_children_settle(const char *log)
{
    int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644), in = open("/dev/null", O_RDONLY);
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    sigaction(SIGINT, &usual, NULL);
    sigaction(SIGTERM, &usual, NULL);
    sigaction(SIGHUP, &usual, NULL);
    sigaction(SIGPIPE, &usual, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (in >= 0)
        dup2(in, STDIN_FILENO);
    if (out >= 0) {
        dup2(out, STDOUT_FILENO);
        dup2(out, STDERR_FILENO);
    }
}

int drill_command_start(struct drill_command *command, const char *text, const char *log)
{
    pid_t pid = fork();

    if (pid < 0)
        return -errno;
    if (pid == 0) {
        drill_children_settle(log);
        execl("/bin/sh", "sh", "-c", text, (char *)NULL);
        _exit(127);
    }
    setpgid(pid, pid); /* on both sides, because either may be first */
    *command = (struct drill_command){.pid = pid, .running = true};
    return 0;
}

bool drill_command_take(struct drill_command *command, pid_t pid, int status)
{
    if (!command->running || command->pid != pid)
        return false;
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
        command->running = false;
        command->status = status;
    }
    return true;
}

void drill_command_kill(const struct drill_command *command, int signal)
{
    if (command->pid > 0)
        kill(-command->pid, signal);
}

/* The parent of a process, or 0. */
static pid_t parent_of(const char *pid)
{
    char path[64], text[512];
    int parent = 0;

    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    const char *end = strrchr(text, ')'); /* the name may hold anything */
    if (!end || sscanf(end + 1, " %*c %d", &parent) != 1)
        return 0;
    return parent;
}

static void kill_children(void)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;

    while (proc && (entry = readdir(proc)) != NULL)
        if (isdigit((unsigned char)entry->d_name[0]) && parent_of(entry->d_name) == getpid())
            kill((pid_t)strtol(entry->d_name, NULL, 10), SIGKILL);
    if (proc)
        closedir(proc);
}

/* A child that ends may hand over children of its own, hence the rounds. */
void drill_children_end_all(void)
{
    for (int round = 0; round < 200; round++) {
        pid_t pid;

        kill_children();
        do
            pid = waitpid(-1, NULL, __WALL | WNOHANG);
        while (pid > 0);
        if (pid < 0 && errno == ECHILD)
            return;
        usleep(round < 20 ? 500 : 10000);
    }
}
