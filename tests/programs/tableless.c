/* SPDX-License-Identifier: MIT */
/* tableless WAY: faults below the library's functions, or while all of them wait in other threads. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tableless.h"

static const char *way;
static int ends[2];
static volatile int parked;

static __attribute__((noinline)) long fault(void *context, long number)
{
    if (strcmp(way, "wait") == 0) { /* the waiting threads do not fault */
        __atomic_add_fetch(&parked, 1, __ATOMIC_SEQ_CST);
        (void)bare_wait(ends[0], 3);
    }
    return number + *(volatile long *)context;
}

/* first and second stay in registers that survive calls: what the library has saved of them is what a reader sees. */
static __attribute__((noinline)) long use(long first, long second, const char *name)
{
    char bytes[16];
    long third = first * 3;
    if (strcmp(name, "visit") == 0)
        third += bare_visit(fault, NULL, second);
    else if (strcmp(name, "copy") == 0)
        bare_copy(bytes, NULL, (size_t)first);
    else if (strcmp(name, "aligned") == 0)
        bare_aligned(fault, NULL);
    else if (strcmp(name, "hidden") == 0)
        bare_hidden(fault, NULL);
    else if (strcmp(name, "read") == 0)
        third += bare_wait(ends[0], first);
    else
        bare_end(fault, NULL);
    printf("%ld %ld %ld\n", first, second, third);
    return first + second + third;
}

static void *waiter(void *name)
{
    __atomic_add_fetch(&parked, strcmp(name, "read") == 0, __ATOMIC_SEQ_CST);
    return (void *)use(1234, 77, name);
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"visit", "aligned", "hidden", "end", "read"};
    way = argc > 1 ? argv[1] : "visit";
    if (pipe(ends) < 0)
        return 1;
    if (strcmp(way, "wait") != 0)
        return (int)use(1234, 77, way);
    for (int i = 0; i < 5; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, waiter, (void *)names[i]) != 0)
            return 1;
    }
    while (parked < 5)
        usleep(1000);
    usleep(50000);
    *(volatile int *)NULL = 1;
    return 0;
}
