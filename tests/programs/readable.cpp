/* SPDX-License-Identifier: MIT */
/* A server in C++ that dies in the ways whose stacks are hard to read: templates, callbacks, recursion, the runtime. */
#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

#define NOINLINE __attribute__((noinline))

namespace app
{
int *volatile nowhere;

NOINLINE int visit(int depth);

NOINLINE int descend(int depth)
{
    volatile char room[64];
    room[0] = (char)depth;
    return visit(depth + 1) + room[0];
}

NOINLINE int visit(int depth)
{
    volatile char room[64];
    room[0] = (char)depth;
    return (depth == 60 ? *nowhere : descend(depth + 1)) + room[0];
}

static int compare(const void *, const void *)
{
    *nowhere = 1;
    return 0;
}

template <class T> NOINLINE void parse(const std::map<std::string, T> &headers, const char *kind)
{
    T values(3, (int)headers.size());
    if (!std::strcmp(kind, "fault"))
        *nowhere = 1;
    else if (!std::strcmp(kind, "throw"))
        throw std::runtime_error("bad header");
    else if (!std::strcmp(kind, "assert"))
        assert(!"header");
    else if (!std::strcmp(kind, "exit"))
        std::exit(3);
    else if (!std::strcmp(kind, "callback"))
        std::qsort(values.data(), values.size(), sizeof values[0], compare);
    else if (!std::strcmp(kind, "recursion"))
        *nowhere = visit(0);
    else if (!std::strcmp(kind, "libc"))
        std::strcpy(reinterpret_cast<char *>(nowhere), kind);
}

NOINLINE void serve(const char *kind)
{
    std::map<std::string, std::vector<int>> headers;
    dprintf(1, "pid=%d\ntid=%ld\ntasks=2\n", getpid(), syscall(SYS_gettid));
    parse(headers, kind);
    asm volatile("");
}
} // namespace app

int main(int, char **argv)
{
    std::thread(app::serve, argv[1]).join();
}
