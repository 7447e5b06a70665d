// SPDX-License-Identifier: MIT
// The routines of routines.c in a std::thread.
#include <thread>

extern "C" pthread_t start_std_routine(void *(*routine)(void *), void *argument)
{
    auto *thread = new std::thread(routine, argument);
    return thread->native_handle();
}
