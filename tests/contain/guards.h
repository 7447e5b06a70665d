// SPDX-License-Identifier: MIT
// The two guards of the C++ cases: a lock that RAII holds, and an object whose destructor only counts.
#ifndef GUARDS_H
#define GUARDS_H

#include "cases.h"

#include <mutex>

extern std::mutex std_mutex;

using Held = std::lock_guard<std::mutex>;

struct Free {
    explicit Free(std::mutex &)
    {
    }
    ~Free()
    {
        ran.destructor = ran.destructor + 1;
    }
};

// Two rows of a table: NAME and NAME_free.
#define BOTH(function)                                                                                       \
    {#function, function<Held>},                                                                             \
    {                                                                                                        \
#function "_free", function < Free>                                                                  \
    }

#endif
