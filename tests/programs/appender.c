/* SPDX-License-Identifier: MIT */
/*
 * appender DIRECTORY PROCESSES EVENTS: so many processes append so many events each to crashes.ndjson, by the
 * keeper's own code, now one by one, now several at once.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "out/events.h"

#define BATCH 16

struct crumple_config;
const struct crumple_config *crumple_config;

static void append(int directory, int process, int events)
{
    char routine[16], peer[32];
    struct safe_event batch[BATCH];
    snprintf(routine, sizeof routine, "r%d", process);
    for (int i = 0; i < events;) {
        int size = i % 7 == 0 ? 1 : BATCH;
        if (size > events - i)
            size = events - i;
        snprintf(peer, sizeof peer, "10.0.%d.%d", i % 3, i % 50);
        for (int at = 0; at < size; at++)
            batch[at] = (struct safe_event){.kind = SAFE_EVENT_CONTAINED,
                                            .signo = 11,
                                            .pid = getpid(),
                                            .exe = "/usr/sbin/server",
                                            .signature = "SIGSEGV | handle_message | conn_main",
                                            .title = "SIGSEGV in handle_message: address 0x0 (NULL pointer)",
                                            .action = "contain",
                                            .routine = routine,
                                            .peer = peer,
                                            .sockets = 1};
        if (safe_event_append_all(directory, batch, (size_t)size) < 0)
            _exit(1);
        i += size;
    }
    _exit(0);
}

int main(int argc, char **argv)
{
    int directory = argc == 4 ? open(argv[1], O_RDONLY | O_DIRECTORY) : -1, status, failed = 0;
    if (directory < 0)
        return 2;
    for (int i = 0; i < atoi(argv[2]); i++)
        if (fork() == 0)
            append(directory, i, atoi(argv[3]));
    while (wait(&status) > 0)
        failed |= status;
    return failed ? 1 : 0;
}
