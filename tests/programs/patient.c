/* SPDX-License-Identifier: MIT */
/* patient: four threads, one of which has a mutex that the others wait for, for ever. */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *wait_for_mutex(void *unused)
{
    pthread_mutex_lock(&mutex);
    return unused;
}

int main(void)
{
    pthread_t threads[3];
    signal(SIGTERM, SIG_IGN);
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < 3; i++)
        if (pthread_create(&threads[i], NULL, wait_for_mutex, NULL) != 0)
            return 1;
    for (;;)
        pause();
}
