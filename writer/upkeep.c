/* SPDX-License-Identifier: MIT */
#include "upkeep.h"

#include <errno.h>
#include <sys/file.h>
#include <time.h>

#include "compact.h"
#include "metrics.h"

#define LOCK_WAIT_NS 2000000

bool upkeep_lock(int directory, int tries)
{
    for (int i = 0; i < tries; i++) {
        if (flock(directory, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
            return true;
        (void)nanosleep(&(struct timespec){.tv_nsec = LOCK_WAIT_NS}, NULL);
    }
    return false;
}

void upkeep_unlock(int directory)
{
    (void)flock(directory, LOCK_UN);
}

int upkeep_run(int directory, int tries)
{
    if (!upkeep_lock(directory, tries))
        return -EBUSY;
    int error = compact_log(directory), metrics_error = metrics_write(directory);
    upkeep_unlock(directory);
    return metrics_error ? metrics_error : error;
}
