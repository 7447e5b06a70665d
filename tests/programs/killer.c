/* SPDX-License-Identifier: MIT */
/*
 * Runs a victim and kills, or stops for a while, what takes part in its death, at a chosen moment after its
 * last words, of the helper and the writers after they have come:
 *
 *   killer WHOM MICROSECONDS PROGRAM [ARGUMENT...]
 *
 * WHOM: group (victim, helper and writers), victim, helper, supervisor (the writer that works not itself),
 * writer (the one that does); stop-group and so on: for 300 ms; none. Waits for all of them, and says 'hit=PID ms=N signal=N left=N': whom it met
 * (0: nobody was there), how long it took from the last words to the victim's end, by which signal it ended,
 * how many processes were still there 20 s later (they are killed).
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STOPPED_US 300000
#define PATIENCE_S 20

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* The first child of parent, or 0. */
static pid_t child_of(pid_t parent)
{
    DIR *directory = opendir("/proc");
    struct dirent *entry;
    pid_t found = 0;
    while (directory && !found && (entry = readdir(directory))) {
        char path[64], text[512];
        pid_t pid = (pid_t)atoi(entry->d_name);
        int its_parent;
        if (pid <= 0)
            continue;
        snprintf(path, sizeof path, "/proc/%d/stat", pid);
        FILE *file = fopen(path, "re");
        size_t size = file ? fread(text, 1, sizeof text - 1, file) : 0;
        if (file)
            fclose(file);
        text[size] = '\0';
        char *name_end = strrchr(text, ')');
        if (name_end && sscanf(name_end, ") %*c %d", &its_parent) == 1 && its_parent == parent)
            found = pid;
    }
    if (directory)
        closedir(directory);
    return found;
}

/* Whom the word means: a pid, a negative group, or 0 where nobody is there. */
static pid_t find(const char *whom, pid_t victim)
{
    pid_t helper;
    if (strcmp(whom, "group") == 0)
        return -victim;
    if (strcmp(whom, "victim") == 0)
        return victim;
    helper = child_of(victim);
    if (strcmp(whom, "helper") == 0 || !helper)
        return helper;
    pid_t supervisor = child_of(helper);
    if (strcmp(whom, "supervisor") == 0 || !supervisor)
        return supervisor;
    return child_of(supervisor);
}

/* Helper and writer come in their time; the moment counts from then on. */
static pid_t await_target(const char *whom, pid_t victim)
{
    double give_up = now_ms() + 1000;
    pid_t target = 0;
    siginfo_t ended = {0};
    while (!target && now_ms() < give_up &&
           (waitid(P_PID, (id_t)victim, &ended, WEXITED | WNOHANG | WNOWAIT) < 0 || !ended.si_pid))
        target = find(whom, victim);
    return target;
}

static pid_t strike(const char *whom, useconds_t us, pid_t victim)
{
    bool stops = strncmp(whom, "stop-", 5) == 0;
    pid_t target = strcmp(whom, "none") == 0 ? 0 : await_target(stops ? whom + 5 : whom, victim);
    usleep(us);
    if (!target || kill(target, stops ? SIGSTOP : SIGKILL) < 0)
        return 0;
    if (stops) {
        usleep(STOPPED_US);
        kill(target, SIGCONT);
    }
    return target;
}

/* The victim's last words end with the number of its tasks. */
static void await_last_words(int fd)
{
    char text[4096] = "";
    size_t size = 0;
    ssize_t part;
    while (size < sizeof text - 1 && (part = read(fd, text + size, sizeof text - 1 - size)) > 0) {
        size += (size_t)part;
        text[size] = '\0';
        char *last = strstr(text, "tasks=");
        if (last && strchr(last, '\n'))
            return;
    }
}

static pid_t start(char **command, int *ret_fd)
{
    int ends[2];
    if (pipe(ends) < 0)
        exit(125);
    pid_t victim = fork();
    if (victim == 0) {
        setpgid(0, 0);
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execvp(command[0], command);
        _exit(125);
    }
    close(ends[1]);
    *ret_fd = ends[0];
    return victim;
}

/* Reaps everybody. Returns how many had to be killed; the victim's own status and time are set. */
static int reap_all(pid_t victim, int *ret_status, double *ret_ms)
{
    double give_up = now_ms() + PATIENCE_S * 1e3;
    int left = 0, status;
    for (;;) {
        pid_t ended = waitpid(-1, &status, WNOHANG);
        if (ended < 0 && errno == ECHILD)
            return left;
        if (ended == victim) {
            *ret_status = status;
            *ret_ms = now_ms();
        }
        if (ended == 0 && now_ms() > give_up) {
            pid_t child = child_of(getpid());
            if (child && kill(child, SIGKILL) == 0)
                left++;
        }
        if (ended == 0)
            usleep(1000);
    }
}

int main(int argc, char **argv)
{
    int fd, status = 0;
    double end_ms = 0;
    if (argc < 4)
        return 125;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t victim = start(argv + 3, &fd);
    await_last_words(fd);
    double begin_ms = now_ms();
    pid_t hit = strike(argv[1], (useconds_t)atoi(argv[2]), victim);
    int left = reap_all(victim, &status, &end_ms);
    printf("hit=%d ms=%d signal=%d left=%d\n", hit, (int)(end_ms - begin_ms),
           WIFSIGNALED(status) ? WTERMSIG(status) : 0, left);
    return 0;
}
