/* SPDX-License-Identifier: MIT */
/* Asks the program that has loaded it, with the loader's lock held. */
#include <pthread.h>

extern void loadwait_at_load(void);
extern void loadwait_at_unload(void);
extern int loadwait_lib_locked(int (*run)(void));

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void loaded(void)
{
    loadwait_at_load();
}

__attribute__((destructor)) static void unloaded(void)
{
    loadwait_at_unload();
}

/* Calls back with a lock of its own held. */
int loadwait_lib_locked(int (*run)(void))
{
    int result;
    pthread_mutex_lock(&mutex);
    result = run();
    pthread_mutex_unlock(&mutex);
    return result;
}
