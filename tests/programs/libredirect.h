/* SPDX-License-Identifier: MIT */
/* The door of libredirect.so: found by dlsym, so that programs under test are linked as any other. */
#ifndef LIBREDIRECT_H
#define LIBREDIRECT_H

#include <stdbool.h>
#include <stdint.h>

#include "track/sockets.h"

struct redirect_door {
    int (*start)(void);
    bool (*again)(void);
    void (*wrap)(void); /* the calling thread gets a record, as a wrapped thread has */
    uint32_t (*held)(uint64_t *ret_last);
    struct safe_thread *(*self)(void);
    uint64_t (*scan)(void);
    bool (*stdio_held)(void);
    bool (*loading)(void);
    size_t (*sockets_of)(const struct safe_thread *thread, int *ret_fds, size_t max);
    size_t (*shut)(const struct safe_thread *thread);
    void (*fail_peer)(int fd); /* as if the connection's thread had faulted */
    struct safe_peer (*peer)(const struct safe_thread *thread);
    void (*peer_text)(const struct safe_peer *peer, char *buffer, size_t size);
};

#endif
