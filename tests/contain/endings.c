/* SPDX-License-Identifier: MIT */
/*
 * What a thread does, finds and leaves behind while it is being ended, or run again.
 *
 *   endings second-heap|second-malloc|second-flockfile|second-plain    a cleanup handler faults, too
 *   endings mmx|x87-pending            what the fault left in the FPU; a cleanup handler calculates
 *   endings restart-state              the first run of 'loop_main' changes rounding, MMX and signal mask
 *   endings table-full                 the thread 'acceptor' has a routine that found no room in the table
 *   endings read-cleanup|read-guard    a read lock that a cleanup handler, a destructor gives back
 *   endings unseen-lock COUNT          so many threads fault alike, the last one with a lock nobody saw taken
 *   endings kept-lock|kept-lock-blocked    a cleanup handler takes a lock and keeps it; all signals blocked
 *   endings forked                     a child that the thread has forked faults
 *   endings last COUNT                 main has called pthread_exit; so many threads fault, one by one
 *   endings stopped MS                 the process is stopped for so long in a cleanup handler
 *   endings other-user                 setuid between two faults
 *   endings race MS                    'loop_1' to 'loop_4' are run again and 'race_main' ended all the time
 */
#include "endings.h"

#include <errno.h>
#include <fenv.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts.h"

static int *volatile nowhere;

__attribute__((noinline, noipa)) void write_null(void)
{
    *nowhere = 1;
}

pthread_t start(void *(*routine)(void *), void *argument)
{
    pthread_t thread;
    errno = pthread_create(&thread, NULL, routine, argument);
    if (errno != 0)
        give_up("pthread_create");
    return thread;
}

void tell_end(pthread_t thread)
{
    void *value = NULL;
    pthread_join(thread, &value);
    fact("value", "%s", value == PTHREAD_CANCELED ? "CANCELED" : value == NULL ? "NULL" : "other");
}

void *conn_main(void *action)
{
    if (action != NULL)
        ((void (*)(void))action)();
    write_null();
    return NULL;
}

/* --- a second fault ------------------------------------------------------------------------------------- */

static void *volatile chunk;

static void free_twice(void *unused)
{
    (void)unused;
    free(chunk);
    free(chunk);
}

/* The heap's list of freed chunks leads to nowhere, and malloc follows it with the arena's lock taken. */
static void fault_in_malloc(void *unused)
{
    (void)unused;
    chunk = malloc(3000);
}

static void damage_heap(void)
{
    void *volatile *freed = malloc(5000);
    void *volatile fence = malloc(32);
    (void)fence;
    free((void *)freed);
    freed[0] = freed[1] = (void *)0x10;
}

static void fault_under_flockfile(void *unused)
{
    (void)unused;
    flockfile(stdout);
    write_null();
    funlockfile(stdout);
}

static void fault_plainly(void *unused)
{
    (void)unused;
    write_null();
}

static void *second_main(void *handler)
{
    pthread_cleanup_push((void (*)(void *))handler, NULL);
    chunk = malloc(100);
    if (handler == (void *)fault_in_malloc)
        damage_heap();
    write_null();
    pthread_cleanup_pop(0);
    return NULL;
}

static void second(void (*handler)(void *))
{
    mallopt(M_ARENA_MAX, 1);
    tell_end(start(second_main, (void *)handler));
}

static void second_heap(char **unused)
{
    (void)unused;
    second(free_twice);
}

static void second_malloc(char **unused)
{
    (void)unused;
    second(fault_in_malloc);
}

static void second_flockfile(char **unused)
{
    (void)unused;
    second(fault_under_flockfile);
}

static void second_plain(char **unused)
{
    (void)unused;
    second(fault_plainly);
}

/* --- the processor's state ------------------------------------------------------------------------------ */

/* By the x87: a full register stack, as MMX leaves it, makes this a NaN. */
static void calculate(void *unused)
{
    volatile long double half = 1.5L;
    (void)unused;
    fact("x87", "%.1Lf", half * 2);
}

static void use_mmx(void)
{
    __asm__ volatile("pxor %%mm0, %%mm0" : : : "mm0");
}

static void *mmx_main(void *unused)
{
    pthread_cleanup_push(calculate, NULL);
    use_mmx();
    write_null();
    pthread_cleanup_pop(0);
    return unused;
}

/* The exception of the division is raised by the next instruction of the x87. */
static void *x87_main(void *unused)
{
    volatile long double zero = 0.0L, one = 1.0L, quotient;
    feenableexcept(FE_DIVBYZERO);
    pthread_cleanup_push(calculate, NULL);
    quotient = one / zero;
    fact("quotient", "%Lf", quotient);
    pthread_cleanup_pop(0);
    return unused;
}

static void mmx(char **unused)
{
    (void)unused;
    tell_end(start(mmx_main, NULL));
}

static void x87_pending(char **unused)
{
    (void)unused;
    tell_end(start(x87_main, NULL));
}

static bool is_blocked(int signo)
{
    sigset_t now;
    pthread_sigmask(SIG_BLOCK, NULL, &now);
    return sigismember(&now, signo) == 1;
}

static void block(int signo)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signo);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void *loop_main(void *runs)
{
    fact("usr1", "%s", is_blocked(SIGUSR1) ? "blocked" : "open");
    fact("usr2", "%s", is_blocked(SIGUSR2) ? "blocked" : "open");
    fact("rounding", "%s", fegetround() == FE_TONEAREST ? "nearest" : "other");
    calculate(NULL);
    if (++*(int *)runs > 1)
        return NULL;
    block(SIGUSR1);
    fesetround(FE_TOWARDZERO);
    use_mmx();
    write_null();
    return NULL;
}

static void restart_state(char **unused)
{
    int runs = 0;
    (void)unused;
    block(SIGUSR2);
    tell_end(start(loop_main, &runs));
    fact("runs", "%d", runs);
}

/* --- a routine without an entry ------------------------------------------------------------------------- */

static void *one_too_many(void *unused)
{
    pthread_setname_np(pthread_self(), "acceptor");
    write_null();
    return unused;
}

static void table_full(char **unused)
{
    (void)unused;
    run_each_of_many_routines();
    tell_end(start(one_too_many, NULL));
}

int main(int argc, char **argv)
{
    static const struct {
        const char *verb;
        void (*run)(char **arguments);
        int arguments;
    } endings[] = {
        {"second-heap", second_heap, 0},
        {"second-malloc", second_malloc, 0},
        {"second-flockfile", second_flockfile, 0},
        {"second-plain", second_plain, 0},
        {"mmx", mmx, 0},
        {"x87-pending", x87_pending, 0},
        {"restart-state", restart_state, 0},
        {"table-full", table_full, 0},
        {"read-cleanup", read_cleanup, 0},
        {"read-guard", read_guard, 0},
        {"unseen-lock", unseen_lock, 1},
        {"kept-lock", kept_lock, 0},
        {"kept-lock-blocked", kept_lock_blocked, 0},
        {"forked", forked, 0},
        {"last", last, 1},
        {"stopped", stopped, 1},
        {"other-user", other_user, 0},
        {"race", race, 1},
    };
    for (size_t i = 0; argc > 1 && i < sizeof endings / sizeof endings[0]; i++) {
        if (strcmp(argv[1], endings[i].verb) == 0 && argc == 2 + endings[i].arguments) {
            endings[i].run(argv + 2);
            fact("survived", "1");
            return 0;
        }
    }
    return 2;
}
