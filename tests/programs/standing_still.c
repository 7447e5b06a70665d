/* SPDX-License-Identifier: MIT */
/* standing_still WAY: ends in a function of libc, or with a thread waiting in each of several ones. */
#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t held, other = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static pthread_t first;
static int ends[2];
static volatile long sum;

static __attribute__((noinline)) int stay(const char *way)
{
    char byte = 0;
    prctl(PR_SET_NAME, way);
    if (strcmp(way, "nanosleep") == 0) {
        const struct timespec time = {100, 0};
        nanosleep(&time, NULL);
    } else if (strcmp(way, "condition") == 0) {
        pthread_mutex_lock(&other);
        pthread_cond_wait(&never, &other);
    } else if (strcmp(way, "poll") == 0) {
        struct pollfd wanted = {.fd = ends[0], .events = POLLIN};
        sum += poll(&wanted, 1, -1);
    } else if (strcmp(way, "read") == 0) {
        sum += read(ends[0], &byte, 1);
    } else if (strcmp(way, "stream") == 0) {
        FILE *stream = fdopen(ends[0], "r");
        sum += stream ? getc(stream) : 0;
    } else if (strcmp(way, "mutex") == 0) {
        pthread_mutex_lock(&held);
    } else {
        pthread_join(first, NULL);
    }
    sum += byte;
    return way[0] + 1;
}

static __attribute__((noinline)) void *run(void *way)
{
    sum += stay(way);
    return NULL;
}

static __attribute__((noinline)) int compare(const void *left, const void *right)
{
    const int a = *(const int *)left, b = *(const int *)right;
    if (sum++ == 3)
        *(volatile int *)NULL = a;
    return a - b;
}

static __attribute__((noinline)) long end(const char *way, size_t number)
{
    static int numbers[] = {9, 5, 3, 1, 8, 2, 6, 4};
    if (strcmp(way, "copy") == 0)
        memcpy((char *)number, way, number);
    else if (strcmp(way, "set") == 0)
        memset((char *)number, 1, number);
    else if (strcmp(way, "print") == 0)
        printf("%s and %zu\n", (char *)number, number);
    else if (strcmp(way, "text") == 0)
        return (long)strlen((char *)number) + sum;
    else if (strcmp(way, "sort") == 0)
        qsort(numbers, sizeof numbers / sizeof numbers[0], sizeof numbers[0], compare);
    else if (strcmp(way, "check") == 0)
        assert(number == 0);
    else
        abort();
    return (long)number + sum;
}

int main(int argc, char **argv)
{
    static const char *const ways[] = {"nanosleep", "condition", "poll", "read", "stream", "mutex", "join"};
    const char *way = argc > 1 ? argv[1] : "abort";
    if (strcmp(way, "wait") == 0) {
        if (pipe(ends) < 0)
            return 1;
        pthread_mutexattr_t attributes; /* of a kind that notes its owner */
        pthread_mutexattr_init(&attributes);
        pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
        pthread_mutex_init(&held, &attributes);
        pthread_mutex_lock(&held);
        for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
            pthread_t thread;
            if (pthread_create(&thread, NULL, run, (void *)(size_t)ways[i]) != 0)
                return 1;
            first = i ? first : thread;
        }
        usleep(300000); /* until they wait */
    }
    sum += end(way, 77);
    return (int)sum;
}
