/* SPDX-License-Identifier: MIT */
/*
 * An exception whose what() may be called once, by the terminate handler:
 *
 *   second_asking faults|hangs
 */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <unistd.h>

namespace
{
const char *second = "";

class asked_once : public std::exception
{
    mutable bool asked = false;

  public:
    const char *what() const noexcept override
    {
        if (!asked) {
            asked = true;
            return "the only answer";
        }
        if (strcmp(second, "faults") == 0)
            *reinterpret_cast<volatile int *>(8) = 1;
        for (;;)
            pause();
    }
};

__attribute__((noinline, noipa)) void handle_request()
{
    throw asked_once();
}
} // namespace

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    second = argv[1];
    printf("pid=%d\ntid=%d\ntasks=1\n", getpid(), getpid());
    fflush(stdout);
    handle_request();
}
