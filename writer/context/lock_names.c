/* SPDX-License-Identifier: MIT */
#include "context/lock_names.h"

#include <stdio.h>
#include <string.h>

#define FRAMES_LOOKED 6 /* a wait of libc is at most so deep below the function that was called */

void lock_names_plain(const char *function, size_t size, char name[LOCK_NAME_BYTES])
{
    static const char *const prefixes[] = {"_", "GI_", "libc_", "new_", "runtime."};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0];) {
        const size_t length = strlen(prefixes[i]);
        if (size > length && memcmp(function, prefixes[i], length) == 0) {
            function += length;
            size -= length;
            i = 0;
        } else {
            i++;
        }
    }
    snprintf(name, LOCK_NAME_BYTES, "%.*s", (int)(size < LOCK_NAME_BYTES ? size : LOCK_NAME_BYTES), function);
    name[strcspn(name, ".@")] = '\0';
}

const char *lock_names_frame(const struct crash *crash, size_t thread, size_t frame,
                             char name[LOCK_NAME_BYTES])
{
    const struct stack *stack = &crash->stacks[thread];
    const struct place *place =
        frame < stack->count ? crash_place(crash, crash_frame(crash, stack, frame)) : NULL;
    name[0] = '\0';
    if (place && place->function)
        lock_names_plain(place->function, place->function_size, name);
    return name;
}

enum wait_kind lock_names_kind(const char *name)
{
    static const struct {
        const char *begin;
        enum wait_kind kind;
    } table[] = {
        {"lll_lock_wait_private", WAIT_LIBC},
        {"lll_lock_wait", WAIT_MUTEX},
        {"pthread_mutex_", WAIT_MUTEX},
        {"mtx_", WAIT_MUTEX},
        {"pthread_cond_", WAIT_CONDITION},
        {"cnd_", WAIT_CONDITION},
        {"pthread_rwlock_", WAIT_RWLOCK},
        {"sem_", WAIT_SEMAPHORE},
        {"pthread_join", WAIT_THREAD_END},
        {"pthread_clockjoin", WAIT_THREAD_END},
        {"pthread_timedjoin", WAIT_THREAD_END},
        {"thrd_join", WAIT_THREAD_END},
        {"pthread_barrier_wait", WAIT_BARRIER},
        {"pthread_once", WAIT_ONCE},
        {"call_once", WAIT_ONCE},
        {"cxa_guard_acquire", WAIT_ONCE},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strncmp(name, table[i].begin, strlen(table[i].begin)) == 0)
            return table[i].kind;
    return WAIT_FUTEX;
}

enum wait_kind lock_names_of_stack(const struct crash *crash, size_t thread)
{
    enum wait_kind kind = WAIT_FUTEX;
    char name[LOCK_NAME_BYTES];
    for (size_t i = 0; kind == WAIT_FUTEX && i < FRAMES_LOOKED; i++)
        kind = lock_names_kind(lock_names_frame(crash, thread, i, name));
    return kind;
}
