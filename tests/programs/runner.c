/* SPDX-License-Identifier: MIT */
/*
 * Runs one program as a server's parent would and says how it ended:
 *
 *   runner [-o FILE] [-t MILLISECONDS] [-k SIGNAL] [-g MILLISECONDS] PROGRAM [ARGUMENT...]
 *
 * writes 'signal=N core=B exit=N ms=N killed=B left=PID,...' to FILE (default: stderr). -k sends SIGNAL as
 * soon as the program has written a byte to the descriptor named in RUNNER_READY_FD and sleeps. 'killed'
 * means that the time limit was hit, 'left' names the processes that outlived the program: they become the
 * runner's children, and stay, for the caller to look at and to end; -g gives them some time to end by
 * themselves. Exit status 0 if the program ended by itself.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct options {
    const char *result_path;
    long limit_ms;
    long grace_ms;
    int signal;
    char **command;
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "runner: %s: %s\n", what, strerror(errno));
    exit(125);
}

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct options parse_options(int argc, char **argv)
{
    struct options options = {.limit_ms = 30000};
    int letter;
    while ((letter = getopt(argc, argv, "+o:t:k:g:")) != -1) {
        switch (letter) {
        case 'o':
            options.result_path = optarg;
            break;
        case 't':
            options.limit_ms = strtol(optarg, NULL, 10);
            break;
        case 'k':
            options.signal = (int)strtol(optarg, NULL, 10);
            break;
        case 'g':
            options.grace_ms = strtol(optarg, NULL, 10);
            break;
        default:
            exit(125);
        }
    }
    options.command = argv + optind;
    if (optind >= argc) {
        fprintf(stderr, "usage: runner [-o FILE] [-t MILLISECONDS] [-k SIGNAL] [-g MILLISECONDS] PROGRAM "
                        "[ARGUMENT...]\n");
        exit(125);
    }
    return options;
}

static _Noreturn void run_program(char **command, const int ready[2])
{
    char number[16];
    close(ready[0]);
    snprintf(number, sizeof number, "%d", ready[1]);
    setenv("RUNNER_READY_FD", number, 1);
    setpgid(0, 0);
    execvp(command[0], command);
    fail(command[0]);
}

/* State letter and parent of a process, or false if it is gone. */
static bool read_stat(long pid, char *ret_state, long *ret_parent)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    size_t got = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[got] = 0;
    const char *after_name = strrchr(text, ')');
    return after_name != NULL && sscanf(after_name, ") %c %ld", ret_state, ret_parent) == 2;
}

/* The byte says 'about to wait'; only the kernel's word 'sleeping' says that the program waits. */
static void send_when_ready(pid_t program, int ready, int number, long deadline_ms)
{
    struct pollfd readable = {.fd = ready, .events = POLLIN};
    char byte, state = 0;
    long parent;
    if (poll(&readable, 1, (int)(deadline_ms - now_ms())) != 1 || read(ready, &byte, 1) != 1)
        return;
    while (now_ms() < deadline_ms && read_stat(program, &state, &parent) && state != 'S')
        usleep(1000);
    kill(program, number);
}

/* Waits for the program only, and not for processes that the program leaves behind. */
static bool await_end(pid_t program, long deadline_ms, int *ret_status)
{
    int process = (int)syscall(SYS_pidfd_open, program, 0);
    if (process < 0)
        fail("pidfd_open");
    struct pollfd ended = {.fd = process, .events = POLLIN};
    long left_ms = deadline_ms - now_ms();
    bool in_time = poll(&ended, 1, left_ms > 0 ? (int)left_ms : 0) == 1;
    if (!in_time)
        kill(-program, SIGKILL);
    if (waitpid(program, ret_status, 0) != program)
        fail("waitpid");
    close(process);
    return in_time;
}

/* Whether a process that the program left behind still lives. The kernel is asked, and not /proc: a list of /proc misses the
 * child that a process forks between the listing and its own end. The dead ones are reaped. */
static bool has_orphans(void)
{
    pid_t reaped;
    do
        reaped = waitpid(-1, NULL, WNOHANG);
    while (reaped > 0);
    return reaped == 0;
}

/* Lists in out the living processes that have become the runner's. */
static void list_orphans(FILE *out)
{
    DIR *directory = opendir("/proc");
    struct dirent *entry;
    unsigned found = 0;
    char state;
    long parent;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        long pid = strtol(entry->d_name, NULL, 10);
        if (pid > 0 && read_stat(pid, &state, &parent) && parent == getpid() && state != 'Z')
            fprintf(out, "%s%ld", found++ == 0 ? "" : ",", pid);
    }
    if (directory != NULL)
        closedir(directory);
}

int main(int argc, char **argv)
{
    struct options options = parse_options(argc, argv);
    FILE *out = stderr;
    int ready[2];

    if (options.result_path != NULL && (out = fopen(options.result_path, "we")) == NULL)
        fail(options.result_path);
    if (pipe(ready) != 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        fail("pipe");

    long start_ms = now_ms();
    pid_t program = fork();
    if (program < 0)
        fail("fork");
    if (program == 0)
        run_program(options.command, ready);
    close(ready[1]);
    if (options.signal != 0)
        send_when_ready(program, ready[0], options.signal, start_ms + options.limit_ms);

    int status;
    bool in_time = await_end(program, start_ms + options.limit_ms, &status);
    long end_ms = now_ms();
    while (now_ms() < end_ms + options.grace_ms && has_orphans())
        usleep(1000);
    fprintf(out, "signal=%d core=%d exit=%d ms=%ld killed=%d pid=%d sender=%d left=",
            WIFSIGNALED(status) ? WTERMSIG(status) : 0, WIFSIGNALED(status) ? !!WCOREDUMP(status) : 0,
            WIFEXITED(status) ? WEXITSTATUS(status) : 0, end_ms - start_ms, !in_time, program, getpid());
    list_orphans(out);
    fprintf(out, "\n");
    return in_time ? 0 : 124;
}
