/* SPDX-License-Identifier: MIT */
/* musl_hosts VERB: a healthy program that asks something unusual of musl. It prints the same with crumple and without. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int is_running;

/* Between calls the stack is as it should be in a function, and not as it is at a function's beginning. */
static void *computes(void *unused)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    __asm__ volatile("and $-16, %%rsp\n"
                     "movl $1, (%0)\n"
                     "1: jmp 1b" ::"r"(&is_running)
                     : "memory");
    return unused;
}

static int cancelled(void)
{
    pthread_t thread;
    void *result;
    pthread_create(&thread, NULL, computes, NULL);
    while (!*(volatile int *)&is_running)
        usleep(100);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    return printf("%s\n", result == PTHREAD_CANCELED ? "cancelled" : "returned");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(void);
    } verbs[] = {{"cancelled", cancelled}};
    for (unsigned i = 0; argc > 1 && i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(argv[1], verbs[i].name) == 0)
            return verbs[i].run() < 0;
    return 2;
}
