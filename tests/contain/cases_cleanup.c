/* SPDX-License-Identifier: MIT */
/* Cleanup handlers, and cancellation that was asked for before the fault. */
#include "cleanup.h"

#include <unistd.h>

extern void cpp_cleanup_direct(void);
extern void cpp_cleanup_callee(void);
extern void cpp_noexcept_fault(void);

/* Asked for, but not acted upon: there is no cancellation point before the fault. */
static void ask_to_cancel(void)
{
    if (armed)
        pthread_cancel(pthread_self());
}

static void cancel_pending(void)
{
    if (hold)
        pthread_mutex_lock(&locks.mutex);
    ask_to_cancel();
    c_fault();
    if (hold)
        pthread_mutex_unlock(&locks.mutex);
}

static void cancel_disabled(void)
{
    int before;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    ask_to_cancel();
    cancel_pending();
    pthread_setcancelstate(before, NULL);
}

static void cancel_asynchronous(void)
{
    int before;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &before);
    if (hold)
        pthread_mutex_lock(&locks.mutex);
    c_fault();
    if (hold)
        pthread_mutex_unlock(&locks.mutex);
    pthread_setcanceltype(before, NULL);
}

static pthread_key_t waiting_key;

/* A cancellation point in the thread's last moments. */
static void wait_in_destructor(void *unused)
{
    (void)unused;
    usleep(1000);
    ran.tsd_destructor++;
}

static void cpush_cancel_tsd(void)
{
    if (waiting_key == 0)
        pthread_key_create(&waiting_key, wait_in_destructor);
    pthread_setspecific(waiting_key, "value");
    ask_to_cancel();
    cleanup_callee();
}

/* Nothing can be unwound: the cleanup handlers are jumped over, and must not be found again afterwards. */
static void jump_cancel_tsd(void)
{
    if (waiting_key == 0)
        pthread_key_create(&waiting_key, wait_in_destructor);
    pthread_setspecific(waiting_key, "value");
    ask_to_cancel();
    if (hold)
        pthread_mutex_lock(&locks.mutex);
    pthread_cleanup_push(clean_up, NULL);
    cpp_noexcept_fault();
    pthread_cleanup_pop(1);
}

/* An attribute, which only an unwinding runs, and only where C is compiled with exceptions. */
static void clean_up_attribute(int *unused)
{
    clean_up(unused);
}

static void attribute(void)
{
    if (hold)
        pthread_mutex_lock(&locks.mutex);
    __attribute__((cleanup(clean_up_attribute), unused)) int cleaned = 0;
    c_fault();
    STAY();
}

static void nested_cleanups(void)
{
    pthread_cleanup_push(clean_up, NULL);
    cleanup_callee();
    if (hold)
        pthread_mutex_lock(&locks.mutex);
    pthread_cleanup_pop(1);
}

/* Inside a cleanup handler that pthread_exit is running. */
static void fault_here(void *unused)
{
    (void)unused;
    if (hold)
        pthread_mutex_lock(&locks.mutex);
    c_fault();
    if (hold)
        pthread_mutex_unlock(&locks.mutex);
}

static void fault_in_cleanup(void)
{
    pthread_cleanup_push(fault_here, NULL);
    if (armed)
        pthread_exit(NULL);
    pthread_cleanup_pop(0);
}

const struct recovery_case cleanup_cases[] = {
    {"c_cleanup_direct", cleanup_direct},
    {"c_cleanup_callee", cleanup_callee},
    {"cpp_cleanup_direct", cpp_cleanup_direct},
    {"cpp_cleanup_callee", cpp_cleanup_callee},
    {"cancel_pending", cancel_pending},
    {"cancel_disabled", cancel_disabled},
    {"cancel_asynchronous", cancel_asynchronous},
    {"cpush_cancel_tsd", cpush_cancel_tsd},
    {"jump_cancel_tsd", jump_cancel_tsd},
    {"nested_cleanups_free", nested_cleanups},
    {"fault_in_cleanup", fault_in_cleanup},
    {"attribute", attribute},
    {NULL, NULL},
};
