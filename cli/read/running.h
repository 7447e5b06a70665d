/* SPDX-License-Identifier: MIT */
/* The processes of this machine, looked at before the sandbox is entered: it shows no /proc. */
#ifndef CRUMPLE_CLI_READ_RUNNING_H
#define CRUMPLE_CLI_READ_RUNNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct running {
    struct running_process {
        int64_t pid, start_us;
    } * items; /* owned; by growing pid */
    size_t count;
};

/** Fills ret_running; with nothing where /proc cannot be read or memory is short. running_clear is due. */
void running_take(struct running *ret_running);

/** Returns true if the process with this number ran at the time of the event, and still does. */
bool running_is_of(const struct running *running, int64_t pid, int64_t event_us);

void running_clear(struct running *running);

#endif
