/* SPDX-License-Identifier: MIT */
/*
 * A program that hosts an interpreter, as far as its symbols say: whoever has its global lock cannot be told. With
 * HAS_TYPES it also has CPython's type of types, by which the interpreter says whether it runs.
 *
 *   interpreter_asleep [starts]   it begins to run after the thread has been made
 */
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "facts.h"

int PyGILState_Ensure(void);
int PyGILState_Ensure(void)
{
    return 0;
}

#ifdef HAS_TYPES
/* As much of PyTypeObject as is looked at. */
extern struct type {
    uint64_t before_name[3];
    const char *name;
    uint64_t before_flags[17];
    uint64_t flags;
} PyType_Type;
struct type PyType_Type = {.name = "type"};
#endif

static void *victim_main(void *argument)
{
    sleep_ms(100);
    *(volatile int *)argument = PyGILState_Ensure();
    return argument;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, victim_main, NULL) != 0)
        give_up("pthread_create");
#ifdef HAS_TYPES
    if (argc > 1 && strcmp(argv[1], "starts") == 0)
        PyType_Type.flags = 1 << 12;
#else
    (void)argc, (void)argv;
#endif
    pthread_join(thread, NULL);
    fact("survived", "1");
    return 0;
}
