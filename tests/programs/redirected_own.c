/* SPDX-License-Identifier: MIT */
/* A program with a function of its own by the name of one of libc's, exported as in many plugin hosts. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#include "libredirect.h"

/* unistd.h is left out: its declaration is another one. */
int lockf(int fd, int command, long bytes);

__attribute__((visibility("default"))) int lockf(int fd, int command, long bytes)
{
    return fd + command + (int)bytes;
}

int main(void)
{
    static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
    int (*volatile own)(int, int, long) = lockf;
    const struct redirect_door *door = (const struct redirect_door *)dlsym(RTLD_DEFAULT, "redirect_door");
    if (door)
        printf("complete=%d ", door->start());
    printf("own=%d", own(20, 20, 2));
    if (door) {
        pthread_mutex_lock(&m);
        printf(" locks=%u", door->held(NULL));
        pthread_mutex_unlock(&m);
    }
    putchar('\n');
    return 0;
}
