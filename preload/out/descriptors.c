/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process and in the keeper. See out/descriptors.h. */
#include "out/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/io.h"
#include "base/sys.h"
#include "proc/held_descriptors.h"
#include "proc/tasks.h"
#include "state/fault.h"

#define TRIED_MAX 4096 /* descriptors, where nothing lists the open ones */

static int close_between(int first, int last)
{
    return first > last ? 0 : (int)safe_call(SYS_close_range, first, last, 0);
}

/* The held descriptors, ascending. Returns their number. */
static int sort_held(int keep[SAFE_ROOTS])
{
    int count = 0;
    for (int which = 0; which < SAFE_ROOTS; which++) {
        /* A file system that has hung once would hang again, be it only looked at. */
        bool is_usable = !(safe_fault.skip_dir && which == SAFE_ROOT_DIR);
        int fd = is_usable ? safe_roots_fd((enum safe_root)which) : -1;
        if (fd < 3)
            continue;
        int i = count++;
        for (; i > 0 && keep[i - 1] > fd; i--)
            keep[i] = keep[i - 1];
        keep[i] = fd;
    }
    return count;
}

static bool is_kept(const int *keep, int count, int fd)
{
    for (int i = 0; i < count; i++)
        if (keep[i] == fd)
            return true;
    return false;
}

/* Old kernels do not have close_range, some container filters forbid it. */
static void close_one_by_one(const int *keep, int count)
{
    static struct safe_tasks list; /* reads a directory of numbers, whatever they count */
    int fd;
    if (safe_tasks_open_path(&list, "/proc/self/fd") < 0) {
        fd = 3;
        for (; fd < TRIED_MAX; fd++)
            if (!is_kept(keep, count, fd))
                safe_close(fd);
        return;
    }
    while ((fd = safe_tasks_next(&list)) > 0)
        if (fd > 2 && !is_kept(keep, count, fd) && fd != list.fd)
            safe_close(fd);
    safe_tasks_close(&list);
}

void safe_descriptors_close(void)
{
    int keep[SAFE_ROOTS], count = sort_held(keep), first = 3;
    bool closed = true;
    for (int i = 0; i < count; i++) {
        closed = closed && close_between(first, keep[i] - 1) == 0;
        first = keep[i] + 1;
    }
    if (!closed || close_between(first, INT32_MAX) < 0)
        close_one_by_one(keep, count);
    safe_close(0);
    safe_close(1);
    /* What is opened next must not become stdin, stdout or stderr of the writer. */
    int null = safe_open(-1, "/dev/null", O_RDWR, 0);
    if (null < 0)
        null = safe_open(-1, "/", O_PATH, 0);
    for (int i = 0; i < 3; i++)
        if (safe_call(SYS_fcntl, i, F_GETFD, 0) == -EBADF)
            safe_call(SYS_dup2, null, i);
    safe_call(SYS_fcntl, 0, F_SETFD, 0);
    safe_call(SYS_fcntl, 1, F_SETFD, 0);
    safe_call(SYS_fcntl, 2, F_SETFD, 0);
    if (null > 2)
        safe_close(null);
}
