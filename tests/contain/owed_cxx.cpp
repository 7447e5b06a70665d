/* SPDX-License-Identifier: MIT */
/* What C++ waits for. See owed.c. */
#include "owed.h"

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "facts.h"

namespace
{
int *volatile nowhere;
std::mutex lock;
std::condition_variable finished;
bool done;
} // namespace

void owed_wait()
{
    std::unique_lock<std::mutex> hold(lock);
    finished.wait(hold, [] { return done; });
    done = false;
}

void owed_signal()
{
    const std::lock_guard<std::mutex> hold(lock);
    done = true;
    finished.notify_all();
}

void owed_promise()
{
    std::promise<int> promised;
    std::future<int> result = promised.get_future();
    std::thread job([promise = std::move(promised)]() mutable {
        sleep_ms(300);
        *nowhere = 1;
        promise.set_value(1);
    });
    result.wait();
    job.join();
}
