/* SPDX-License-Identifier: MIT */
/* Other threads for the victim: started with small stacks, counted in, parked. */
#include "victim.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/futex.h>

enum { CREW_STACK_BYTES = 128 * 1024 }; /* 5,000 threads must fit */

static atomic_uint arrived;

void start_thread_of(routine run, void *argument)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, CREW_STACK_BYTES);

    pthread_t thread;
    int error = pthread_create(&thread, &attributes, run, argument);
    if (error != 0) {
        errno = error;
        give_up("pthread_create");
    }
    pthread_attr_destroy(&attributes);
}

void arrive(void)
{
    atomic_fetch_add(&arrived, 1);
    syscall(SYS_futex, &arrived, FUTEX_WAKE, 1000, NULL, NULL, 0);
}

void await_arrivals(unsigned count)
{
    unsigned seen;
    while ((seen = atomic_load(&arrived)) < count)
        syscall(SYS_futex, &arrived, FUTEX_WAIT, seen, NULL, NULL, 0);
}

/* By raw system calls only: also the threads that have no TLS sleep here. */
void sleep_for_ever(void)
{
    static const unsigned never = 0;
    for (;;) {
        long result;
        register long timeout __asm__("r10") = 0;
        __asm__ volatile("syscall"
                         : "=a"(result)
                         : "a"(SYS_futex), "D"(&never), "S"(FUTEX_WAIT), "d"(0), "r"(timeout)
                         : "rcx", "r11", "memory");
        (void)result;
    }
}

void *park(void *unused)
{
    (void)unused;
    arrive();
    sleep_for_ever();
}
