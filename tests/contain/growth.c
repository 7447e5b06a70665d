/* SPDX-License-Identifier: MIT */
/*
 * One process, many contained faults of a routine that allocates nothing, and what of it stays behind.
 *
 *   growth FAULTS EARLY    facts 'early.*' after EARLY faults, 'late.*' after FAULTS
 */
#include "facts.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int *volatile nowhere;

void *victim_main(void *unused)
{
    *nowhere = 1;
    return unused;
}

static size_t count_lines(const char *path)
{
    FILE *file = fopen(path, "re");
    size_t lines = 0;
    int c;
    if (file == NULL)
        give_up(path);
    while ((c = getc(file)) != EOF)
        lines += c == '\n';
    fclose(file);
    return lines;
}

static size_t count_entries(const char *path)
{
    DIR *directory = opendir(path);
    size_t entries = 0;
    if (directory == NULL)
        give_up(path);
    while (readdir(directory) != NULL)
        entries++;
    closedir(directory);
    return entries;
}

/* KiB */
static long resident(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    long pages = 0;
    if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1)
        give_up("statm");
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void tell(const char *when)
{
    char key[40];
    snprintf(key, sizeof key, "%s.tasks", when);
    fact(key, "%zu", count_tasks());
    snprintf(key, sizeof key, "%s.mappings", when);
    fact(key, "%zu", count_lines("/proc/self/maps"));
    snprintf(key, sizeof key, "%s.descriptors", when);
    fact(key, "%zu", count_entries("/proc/self/fd"));
    snprintf(key, sizeof key, "%s.resident_kib", when);
    fact(key, "%ld", resident());
    snprintf(key, sizeof key, "%s.children", when);
    fact(key, "%s", waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? "none" : "some");
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    int faults = atoi(argv[1]), early = atoi(argv[2]), ended = 0;
    for (int i = 1; i <= faults; i++) {
        pthread_t thread;
        void *value = NULL;
        errno = pthread_create(&thread, NULL, victim_main, NULL);
        if (errno != 0)
            give_up("pthread_create");
        pthread_join(thread, &value);
        ended += value == PTHREAD_CANCELED;
        /* Joined is not gone: while the kernel still knows the thread, the next one needs an alternate stack
         * of its own, and how often that happens depends on the load of the machine. */
        tasks_are_back(1);
        if (i == early || i == faults)
            tell(i == faults ? "late" : "early");
    }
    fact("ended", "%d", ended);
    fact("survived", "1");
    return 0;
}
