/* SPDX-License-Identifier: MIT */
/*
 * A program whose names are hostile: of its thread, its functions, its assertion and its exception. Each
 * holds a character that turns the direction of text around and one of no width.
 *
 *   hostile segv|assert|throw [ARGUMENT...]
 */
#include <assert.h>
#include <pthread.h>
#include <sys/prctl.h>

#include <cstdio>
#include <cstring>
#include <stdexcept>

#define RLO  "\u202e"
#define ZWSP "\u200b"

namespace
{

volatile int calls;

/* Named below the compiler, which takes no such names; the assembler does. */
__attribute__((noinline, used)) void crime(const char *verb) __asm__("crime" RLO ZWSP "\u00e9");
void *routine(void *verb) __asm__("routine" RLO ZWSP "\u00e9");

void crime(const char *verb)
{
    if (!strcmp(verb, "assert"))
        __assert_fail("x" RLO ZWSP "\u0436 > 0", "dir" RLO "/file.c", 7, "f" RLO ZWSP);
    if (!strcmp(verb, "throw"))
        throw std::runtime_error("bad" RLO ZWSP "\u009b31m\xff \u0436\u0438\u0437\u043d\u044c");
    volatile int *nowhere = nullptr;
    *nowhere = 1;
    calls = calls + 1;
}

void *routine(void *verb)
{
    prctl(PR_SET_NAME, "t" RLO ZWSP "\u0436\xff");
    crime(static_cast<const char *>(verb));
    calls = calls + 1;
    return nullptr;
}

} // namespace

int main(int argc, char **argv)
{
    pthread_t thread;
    if (argc < 2 || pthread_create(&thread, nullptr, routine, argv[1]))
        return 2;
    pthread_join(thread, nullptr);
    puts("done");
    return 0;
}
