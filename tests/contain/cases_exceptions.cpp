// SPDX-License-Identifier: MIT
// C++ exceptions that nobody catches, and the other ways into std::terminate.
#include "guards.h"

#include <exception>
#include <stdexcept>

// Not in the namespace below: whoever knows all derived types calls the only method there is.
struct Base {
    Base();
    virtual ~Base();
    virtual void method() = 0;
};

static NOINLINE void call_method(Base *volatile object)
{
    object->method();
}

// The derived part is not there yet.
Base::Base()
{
    if (armed)
        call_method(this);
}

Base::~Base() = default;

struct Derived : Base {
    void method() override
    {
    }
};

namespace
{

NOINLINE void throw_error()
{
    if (armed)
        throw std::runtime_error("nobody \"catches\" this");
}

template <class Guard> void uncaught()
{
    Guard guard(std_mutex);
    throw_error();
    STAY();
}

template <class Guard> void uncaught_int()
{
    Guard guard(std_mutex);
    if (armed)
        throw 42;
}

struct Custom : std::exception {
    const char *what() const noexcept override
    {
        return "a type of the application's own";
    }
};

template <class Guard> void uncaught_custom()
{
    Guard guard(std_mutex);
    if (armed)
        throw Custom();
}

// Caught and thrown again: the frames between the two are gone.
template <class Guard> void uncaught_rethrown()
{
    Guard guard(std_mutex);
    try {
        throw_error();
    } catch (const std::exception &) {
        throw;
    }
}

NOINLINE void throw_in_noexcept() noexcept
{
    throw_error();
    STAY();
}

template <class Guard> void uncaught_noexcept()
{
    Guard guard(std_mutex);
    throw_in_noexcept();
    c_call([] {});
}

NOINLINE void throw_through_c()
{
    c_call(throw_error);
    STAY();
}

// C code without exceptions in between: on x86-64 it can be unwound all the same.
template <class Guard> void uncaught_through_c()
{
    Guard guard(std_mutex);
    throw_through_c();
    STAY();
}

template <class Guard> void uncaught_through_nounwind()
{
    Guard guard(std_mutex);
    nounwind_call(throw_error);
}

template <class Guard> void terminate_call()
{
    Guard guard(std_mutex);
    if (armed)
        std::terminate();
}

template <class Guard> void rethrow_nothing()
{
    Guard guard(std_mutex);
    if (armed)
        throw;
}

template <class Guard> void pure_virtual()
{
    Guard guard(std_mutex);
    Derived derived;
    call_method(&derived);
}

// An exception that is caught is nobody's business: the fault comes afterwards.
template <class Guard> void caught_before()
{
    Guard guard(std_mutex);
    try {
        throw_error();
    } catch (const std::exception &) {
        ran.cleanup = ran.cleanup + 1;
    }
    c_fault();
}

} // namespace

const struct recovery_case exception_cases[] = {
    BOTH(uncaught),
    BOTH(uncaught_int),
    BOTH(uncaught_custom),
    BOTH(uncaught_rethrown),
    BOTH(uncaught_noexcept),
    BOTH(uncaught_through_c),
    BOTH(uncaught_through_nounwind),
    BOTH(terminate_call),
    BOTH(rethrow_nothing),
    BOTH(pure_virtual),
    BOTH(caught_before),
    {nullptr, nullptr},
};
