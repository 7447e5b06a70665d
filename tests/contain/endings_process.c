/* SPDX-License-Identifier: MIT */
/* What happens to the process while threads of it are ended. See endings.c. */
#include <ctype.h>
#include <dirent.h>
#include <grp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "endings.h"
#include "facts.h"

static void *forking_main(void *unused)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        write_null();
        _exit(3);
    }
    waitpid(child, &status, 0);
    fact("child", "%s%d", WIFSIGNALED(status) ? "signal " : "exit ",
         WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return unused;
}

void forked(char **unused)
{
    (void)unused;
    tell_end(start(forking_main, NULL));
}

/* --- main has left -------------------------------------------------------------------------------------- */

static void wait_until_main_is_gone(void)
{
    char state = 0;
    while (state != 'Z') {
        FILE *file = fopen("/proc/self/stat", "r");
        if (file == NULL || fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
            give_up("/proc/self/stat");
        fclose(file);
        sleep_ms(5);
    }
}

/* Each waits for the one that it has started: the innermost faults first, the first one last and alone. */
static void *last_main(void *left)
{
    wait_until_main_is_gone();
    if (left != NULL)
        pthread_join(start(last_main, (char *)left - 1), NULL);
    write_null();
    return NULL;
}

void last(char **arguments)
{
    start(last_main, (void *)(atol(arguments[0]) - 1));
    pthread_exit(NULL);
}

/* --- stopped -------------------------------------------------------------------------------------------- */

static int tell_stopper;

/* In small steps: a sleep goes on while the process is stopped. */
static void work(long ms)
{
    for (long i = 0; i < ms; i += 10)
        sleep_ms(10);
}

static void be_stopped(void *unused)
{
    (void)unused;
    if (write(tell_stopper, "", 1) != 1)
        give_up("write");
    work(500);
    fact("cleanup", "done");
}

static void *stopped_main(void *unused)
{
    pthread_cleanup_push(be_stopped, NULL);
    write_null();
    pthread_cleanup_pop(0);
    return unused;
}

/* A process of its own stops ours, and lets it go on. */
static pid_t start_stopper(long ms)
{
    int ends[2];
    char byte;
    if (pipe(ends) != 0)
        give_up("pipe");
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        if (read(ends[0], &byte, 1) == 1 && kill(getppid(), SIGSTOP) == 0) {
            sleep_ms(ms);
            kill(getppid(), SIGCONT);
        }
        _exit(0);
    }
    tell_stopper = ends[1];
    return child;
}

void stopped(char **arguments)
{
    pid_t stopper = start_stopper(atol(arguments[0]));
    tell_end(start(stopped_main, NULL));
    waitpid(stopper, NULL, 0);
    sleep_ms(100);
}

/* --- another user --------------------------------------------------------------------------------------- */

static bool is_child_of_root(const char *pid)
{
    char path[300], line[200];
    int parent = 0, uid = -1;
    snprintf(path, sizeof path, "/proc/%s/status", pid);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        sscanf(line, "PPid: %d", &parent);
        sscanf(line, "Uid: %d", &uid);
    }
    if (file != NULL)
        fclose(file);
    return parent == getpid() && uid == 0;
}

static int count_children_of_root(void)
{
    DIR *directory = opendir("/proc");
    struct dirent *entry;
    int count = 0;
    if (directory == NULL)
        give_up("/proc");
    while ((entry = readdir(directory)) != NULL)
        count += isdigit((unsigned char)entry->d_name[0]) && is_child_of_root(entry->d_name);
    closedir(directory);
    return count;
}

void other_user(char **unused)
{
    const uid_t nobody = 65534;
    (void)unused;
    tell_end(start(conn_main, NULL));
    fact("of_root_before", "%d", count_children_of_root());
    if (setgroups(0, NULL) != 0 || setgid(nobody) != 0 || setuid(nobody) != 0)
        give_up("setuid");
    fact("of_root_after", "%d", count_children_of_root());
    tell_end(start(conn_main, NULL));
    fact("of_root_at_last", "%d", count_children_of_root());
    fact("uid", "%d", (int)getuid());
}

/* --- all at once ---------------------------------------------------------------------------------------- */

static atomic_bool is_over;
static atomic_int faults;

/* One fault, and each restart is another. */
static void fault_again(int pause_us)
{
    usleep((useconds_t)pause_us);
    if (!is_over) {
        faults++;
        write_null();
    }
}

/* Routines of their own, each with its own delay before a restart. */
#define LOOP(name, pause_us)                                                                                 \
    static void *name(void *unused)                                                                          \
    {                                                                                                        \
        fault_again(pause_us);                                                                               \
        return unused;                                                                                       \
    }

LOOP(loop_1, 1137)
LOOP(loop_2, 1274)
LOOP(loop_3, 1411)
LOOP(loop_4, 1548)

static void *race_main(void *unused)
{
    faults++;
    write_null();
    return unused;
}

/* All of them are ended before the next ones come: the queue of faults stays short. */
static void end_some(void)
{
    enum { SOME = 8 };
    pthread_t threads[SOME];
    void *value;
    for (int i = 0; i < SOME; i++)
        threads[i] = start(race_main, NULL);
    for (int i = 0; i < SOME; i++)
        if (pthread_join(threads[i], &value) != 0 || value != PTHREAD_CANCELED)
            fact("not_ended", "%p", value);
}

void race(char **arguments)
{
    static void *(*const routines[])(void *) = {loop_1, loop_2, loop_3, loop_4};
    enum { LOOPS = sizeof routines / sizeof routines[0] };
    pthread_t loops[LOOPS];
    struct timespec now, end = deadline_in(atol(arguments[0]));
    for (int i = 0; i < LOOPS; i++)
        loops[i] = start(routines[i], NULL);
    do {
        end_some();
        clock_gettime(CLOCK_REALTIME, &now);
    } while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
    is_over = true;
    for (int i = 0; i < LOOPS; i++)
        tell_end(loops[i]);
    fact("faults", "%d", faults);
}
