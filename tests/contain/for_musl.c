/* SPDX-License-Identifier: MIT */
/* What the cases lack where there is no C++ library, and where there is no glibc. */
#include "for_musl.h"

#include "cleanup.h"

#define NO_CASES                                                                                             \
    {                                                                                                        \
        {                                                                                                    \
            NULL, NULL                                                                                       \
        }                                                                                                    \
    }
const struct recovery_case guard_cases[] = NO_CASES, unwind_cases[] = NO_CASES, once_cases[] = NO_CASES,
                           exception_cases[] = NO_CASES, walk_cases[] = NO_CASES;

pthread_t start_std_thread(void *(*routine)(void *), void *argument)
{
    (void)routine, (void)argument;
    give_up("no std::thread");
    return pthread_self();
}

static void count_thread_local_destructor(void *unused)
{
    (void)unused;
    ran.thread_local_destructor++;
}

/* As C++ libraries do it there. */
void use_thread_local(void)
{
    static pthread_key_t key;
    if (!key)
        pthread_key_create(&key, count_thread_local_destructor);
    pthread_setspecific(key, "value");
}

bool std_mutex_is_free(void)
{
    return true;
}

void cpp_cleanup_direct(void);
void cpp_cleanup_direct(void)
{
    cleanup_direct();
}

void cpp_cleanup_callee(void);
void cpp_cleanup_callee(void)
{
    cleanup_callee();
}

void cpp_noexcept_fault(void);
void cpp_noexcept_fault(void)
{
    c_fault();
    STAY();
}

/* The unwinder of Debian's gcc asks glibc first (libgcc, unwind-dw2-fde-dip.c). */
int _dl_find_object(void *address, void *found);
int _dl_find_object(void *address, void *found)
{
    (void)address, (void)found;
    return -1;
}
