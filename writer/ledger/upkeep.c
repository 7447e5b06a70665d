/* SPDX-License-Identifier: MIT */
#include "ledger/upkeep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "crumple_format.h"
#include "ledger/log.h"
#include "ledger/metrics.h"

#define LOCK_WAIT_NS 2000000
#define LOOKS_MAX    2

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

/* Once more where the log has grown meanwhile: whoever gave up waiting for the lock relies on it. */
static int write_metrics(int directory)
{
    int error = 0;
    for (int look = 0; look < LOOKS_MAX && !error; look++) {
        struct stat status;
        uint64_t size = 0;
        error = metrics_write(directory, &size);
        if (fstatat(directory, CRUMPLE_INDEX_NAME, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
            (uint64_t)status.st_size == size)
            break;
    }
    return error;
}

int upkeep_run(int directory, int tries, int *ret_rotate_error)
{
    *ret_rotate_error = 0;
    if (!upkeep_lock(directory, tries))
        return -EBUSY;
    /* In this order the last values of the counters can be read until the next event. */
    int error = write_metrics(directory);
    *ret_rotate_error = log_rotate(directory);
    upkeep_unlock(directory);
    return error;
}
