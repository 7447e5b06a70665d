/* SPDX-License-Identifier: MIT */
/* What only C++ can do of the endings. See endings.c. */
#include "endings.h"

#include <cstddef>
#include <utility>

namespace
{

struct ReadGuard {
    pthread_rwlock_t *lock;
    explicit ReadGuard(pthread_rwlock_t *given) : lock(given)
    {
        pthread_rwlock_rdlock(lock);
    }
    ReadGuard(const ReadGuard &) = delete;
    ReadGuard &operator=(const ReadGuard &) = delete;
    ~ReadGuard()
    {
        pthread_rwlock_unlock(lock);
    }
};

template <std::size_t N> void *return_number(void *)
{
    return reinterpret_cast<void *>(N);
}

template <std::size_t... N> void run_each(std::index_sequence<N...>)
{
    for (void *(*routine)(void *) : {return_number<N>...})
        pthread_join(start(routine, nullptr), nullptr);
}

} // namespace

/* The compiler must see a call that may throw, else there is nothing to unwind for. */
void read_under_guard(pthread_rwlock_t *lock)
{
    ReadGuard guard(lock);
    write_null();
}

void run_each_of_many_routines()
{
    run_each(std::make_index_sequence<300>());
}
