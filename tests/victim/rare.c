/* SPDX-License-Identifier: MIT */
/* Rarer places to fault: the end of a process or thread, signal stacks, fibers (rows 28-31, 38, 41, 74). */
#include "victim.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum { STACK_BYTES = 65536 };

static NOINLINE int recurse(volatile char *above)
{
    volatile char here[256];
    here[0] = above ? above[0] : 1;
    return recurse(here) + here[0];
}

static void *overflow_small(void *unused)
{
    (void)unused;
    announce();
    recurse(NULL);
    return NULL;
}

/* overflow-small: recursion in a thread with the least stack there can be. */
static void overflow_in_small_stack(char **arguments)
{
    pthread_t thread;
    pthread_attr_t attr;
    (void)arguments;
    const long least = sysconf(_SC_THREAD_STACK_MIN); /* musl's 2 KiB are not enough for announce() */
    pthread_attr_init(&attr);
    if (pthread_attr_setstacksize(&attr, least < 16384 ? 16384 : (size_t)least) != 0 ||
        pthread_create(&thread, &attr, overflow_small, NULL) != 0)
        give_up("a small stack");
    pthread_join(thread, NULL);
}

/* --- at the end of the process ------------------------------------------------------------------------- */

static void fault_in_handler(void)
{
    announce();
    write_through_null();
}

static void in_atexit(char **arguments)
{
    (void)arguments;
    atexit(fault_in_handler);
    exit(0);
}

static bool in_destructor_wanted;

__attribute__((destructor)) static void fault_in_destructor(void)
{
    if (in_destructor_wanted) {
        announce();
        write_through_null();
    }
}

static void in_destructor(char **arguments)
{
    (void)arguments;
    in_destructor_wanted = true;
    exit(0);
}

static ssize_t fault_in_flush(void *cookie, const char *bytes, size_t size)
{
    (void)cookie;
    (void)bytes;
    announce();
    write_through_null();
    return (ssize_t)size;
}

/* in-flush: libc flushes its streams when every destructor has run. */
static void in_last_flush(char **arguments)
{
    const cookie_io_functions_t functions = {.write = fault_in_flush};
    FILE *stream = fopencookie(NULL, "w", functions);
    (void)arguments;
    if (!stream || fputs("unwritten", stream) < 0)
        give_up("fopencookie");
    exit(0);
}

/* --- at the end of a thread ---------------------------------------------------------------------------- */

static void fault_in_key_destructor(void *value)
{
    (void)value;
    announce();
    write_through_null();
}

static void in_key_destructor(char **arguments)
{
    pthread_key_t key;
    (void)arguments;
    if (pthread_key_create(&key, fault_in_key_destructor) != 0 || pthread_setspecific(key, "value") != 0)
        give_up("pthread_key_create");
    pthread_exit(NULL);
}

extern int __cxa_thread_atexit_impl(void (*)(void *), void *, void *);
extern void *__dso_handle __attribute__((visibility("hidden")));

/* in-tls-destructor: what a C++ thread_local object's destructor is to libc. */
static void in_tls_destructor(char **arguments)
{
    (void)arguments;
    if (__cxa_thread_atexit_impl(fault_in_key_destructor, NULL, &__dso_handle) != 0)
        give_up("__cxa_thread_atexit_impl");
    pthread_exit(NULL);
}

/* --- signal stacks -------------------------------------------------------------------------------------- */

static NOINLINE void fault_on_signal_stack(int sig)
{
    (void)sig;
    announce();
    write_through_null();
}

static char *own_signal_stack(size_t bytes)
{
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const stack_t stack = {.ss_sp = memory, .ss_size = bytes};
    if (memory == MAP_FAILED || sigaltstack(&stack, NULL) != 0)
        give_up("sigaltstack");
    return memory;
}

/* in-signal-stack: the application's own handler, on its own alternate stack, faults. */
static void in_signal_stack(char **arguments)
{
    const struct sigaction act = {.sa_handler = fault_on_signal_stack, .sa_flags = SA_ONSTACK};
    (void)arguments;
    own_signal_stack(STACK_BYTES);
    if (sigaction(SIGUSR1, &act, NULL) != 0)
        give_up("sigaction");
    raise(SIGUSR1);
}

/* signal-stack-gone: its alternate stack is unmapped while it is set. */
static void signal_stack_gone(char **arguments)
{
    (void)arguments;
    munmap(own_signal_stack(STACK_BYTES), STACK_BYTES);
    announce();
    write_through_null();
}

/* overflow-own-signal-stack: deep recursion with a small alternate stack, as Rust's runtime sets one. */
static void overflow_with_signal_stack(char **arguments)
{
    (void)arguments;
    own_signal_stack(8192);
    announce();
    recurse(NULL);
}

/* --- fibers ----------------------------------------------------------------------------------------------
 */

static ucontext_t main_fiber, other_fiber;
static bool fiber_faults;

static NOINLINE void fiber_main(void)
{
    if (fiber_faults) {
        announce();
        write_through_null();
    }
    arrive();
    sleep_for_ever();
}

static NOINLINE void *enter_fiber(void *unused)
{
    char *memory = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    (void)unused;
    if (memory == MAP_FAILED || getcontext(&other_fiber) != 0)
        give_up("getcontext");
    other_fiber.uc_stack.ss_sp = memory;
    other_fiber.uc_stack.ss_size = STACK_BYTES;
    other_fiber.uc_link = &main_fiber;
    makecontext(&other_fiber, fiber_main, 0);
    swapcontext(&main_fiber, &other_fiber);
    return NULL;
}

static void in_fiber(char **arguments)
{
    (void)arguments;
    fiber_faults = true;
    enter_fiber(NULL);
}

static void neighbour_in_fiber(char **arguments)
{
    (void)arguments;
    start_thread_of(enter_fiber, NULL);
    await_arrivals(1);
    announce();
    write_through_null();
}

static void park_in_handler(int sig)
{
    (void)sig;
    arrive();
    sleep_for_ever();
}

static void *enter_handler(void *unused)
{
    (void)unused;
    own_signal_stack(STACK_BYTES);
    raise(SIGUSR1);
    return NULL;
}

/* neighbour-in-handler: another thread is inside the application's handler, on an alternate stack. */
static void neighbour_in_handler(char **arguments)
{
    const struct sigaction act = {.sa_handler = park_in_handler, .sa_flags = SA_ONSTACK};
    (void)arguments;
    if (sigaction(SIGUSR1, &act, NULL) != 0)
        give_up("sigaction");
    start_thread_of(enter_handler, NULL);
    await_arrivals(1);
    announce();
    write_through_null();
}

const struct verb rare_verbs[] = {
    {"overflow-small", IN_MAIN, overflow_in_small_stack},
    {"in-atexit", IN_MAIN, in_atexit},
    {"in-destructor", IN_MAIN, in_destructor},
    {"in-flush", IN_MAIN, in_last_flush},
    {"in-key-destructor", IN_WORKER, in_key_destructor},
    {"in-tls-destructor", IN_WORKER, in_tls_destructor},
    {"in-signal-stack", IN_WORKER, in_signal_stack},
    {"signal-stack-gone", IN_WORKER, signal_stack_gone},
    {"overflow-own-signal-stack", IN_WORKER, overflow_with_signal_stack},
    {"in-fiber", IN_WORKER, in_fiber},
    {"neighbour-in-fiber", IN_WORKER, neighbour_in_fiber},
    {"neighbour-in-handler", IN_WORKER, neighbour_in_handler},
    {NULL, IN_MAIN, NULL},
};
