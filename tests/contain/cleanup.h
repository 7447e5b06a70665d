/* SPDX-License-Identifier: MIT */
/*
 * pthread_cleanup_push around a fault: in C without exceptions a jump buffer of libc's, in C with exceptions
 * an attribute, in C++ an object. The same text is compiled as both languages.
 */
#ifndef CLEANUP_H
#define CLEANUP_H

#include "cases.h"

static void clean_up(void *unused)
{
    (void)unused;
    ran.cleanup = ran.cleanup + 1;
    if (hold)
        pthread_mutex_unlock(&locks.mutex);
}

static void cleanup_direct(void)
{
    if (hold)
        pthread_mutex_lock(&locks.mutex);
    pthread_cleanup_push(clean_up, NULL);
    *poison.address = 1;
    pthread_cleanup_pop(1);
}

static void cleanup_callee(void)
{
    if (hold)
        pthread_mutex_lock(&locks.mutex);
    pthread_cleanup_push(clean_up, NULL);
    c_fault();
    pthread_cleanup_pop(1);
}

#endif
