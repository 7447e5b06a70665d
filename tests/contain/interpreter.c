/* SPDX-License-Identifier: MIT */
/* A program that hosts an interpreter, as far as its symbols say: whoever has its global lock cannot be told.
 */
#include <pthread.h>

#include "facts.h"

int PyGILState_Ensure(void);
int PyGILState_Ensure(void)
{
    return 0;
}

static void *victim_main(void *argument)
{
    *(volatile int *)argument = PyGILState_Ensure();
    return argument;
}

int main(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, victim_main, NULL) != 0)
        give_up("pthread_create");
    pthread_join(thread, NULL);
    fact("survived", "1");
    return 0;
}
