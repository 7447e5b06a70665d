// SPDX-License-Identifier: MIT
// The thread of a case, as C++ makes one, and the thread_local object every case has.
#include "cases.h"

#include <thread>

namespace
{
struct Goodbye {
    int uses = 0;
    ~Goodbye()
    {
        ran.thread_local_destructor = ran.thread_local_destructor + 1;
    }
};
thread_local Goodbye goodbye;
} // namespace

void use_thread_local(void)
{
    goodbye.uses++;
}

pthread_t start_std_thread(void *(*routine)(void *), void *argument)
{
    auto *thread = new std::thread(routine, argument);
    return thread->native_handle();
}
