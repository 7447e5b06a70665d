/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the hold helper, with no memory but this object's. See hold/hand.h. */
#include "hold/hand.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/io.h"
#include "base/sys.h"
#include "hold/ask.h"
#include "proc/tasks.h"

#define LISTENERS_MAX 1024
#define RAISED_MAX    1024  /* descriptors; the lowest, where listening sockets are */
#define BACKLOG       65535 /* the kernel makes somaxconn of it */
#define TRIED_MAX     65536 /* descriptors, where nothing lists the open ones */

static int listeners[LISTENERS_MAX];
static unsigned count;

static int option(int fd, int name)
{
    int value = 0;
    uint32_t bytes = sizeof value;
    long error = safe_call(SYS_getsockopt, fd, SOL_SOCKET, name, &value, &bytes);
    return error < 0 ? (int)error : value;
}

/* A stream socket of TCP or AF_UNIX. */
static bool is_listener(int fd)
{
    if (option(fd, SO_ACCEPTCONN) != 1 || option(fd, SO_TYPE) != SOCK_STREAM)
        return false;
    int family = option(fd, SO_DOMAIN);
    return family == AF_INET || family == AF_INET6 || family == AF_UNIX;
}

void safe_hold_raise_backlogs(void)
{
    for (int fd = 0; fd < RAISED_MAX; fd++)
        if (is_listener(fd))
            safe_call(SYS_listen, fd, BACKLOG);
}

/*
 * A socket that is to linger lets close(2) wait. At the end of a process nobody waits, and the kernel sends what is left all the same
 * (net/ipv4/af_inet.c, inet_release); with a time of 0, which is a reset, it stays as it is.
 */
static void close_at_once(int fd)
{
    struct linger linger = {0, 0};
    uint32_t bytes = sizeof linger;
    if (safe_call(SYS_getsockopt, fd, SOL_SOCKET, SO_LINGER, &linger, &bytes) == 0 && linger.l_onoff &&
        linger.l_linger) {
        linger.l_onoff = 0;
        safe_call(SYS_setsockopt, fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    }
    safe_close(fd);
}

/* Files stay until the end of this process: to close one may take as long as its file system likes. */
static void sort_out(int fd)
{
    if (option(fd, SO_TYPE) < 0)
        return;
    if (count < LISTENERS_MAX && is_listener(fd))
        listeners[count++] = fd;
    else
        close_at_once(fd);
}

static void sort_out_all(void)
{
    static struct safe_tasks list; /* reads a directory of numbers, whatever they count */
    count = 0;
    sort_out(0);
    list.fd = safe_open(-1, "/proc/self/fd", O_RDONLY | O_DIRECTORY, 0);
    list.used = list.at = 0;
    if (list.fd < 0) {
        for (int fd = 1; fd < TRIED_MAX; fd++)
            sort_out(fd);
        return;
    }
    for (int fd = safe_tasks_next(&list); fd > 0; fd = safe_tasks_next(&list))
        sort_out(fd);
    safe_tasks_close(&list);
}

/* Where the table is full of files and listening sockets, nobody reads this process's stdin any more. */
static int connect_to_run(const struct config_hold *hold)
{
    int connection = safe_hold_connect(hold);
    for (int fd = 0; connection == -EMFILE && fd < 3; fd++)
        if (!is_listener(fd)) {
            safe_close(fd);
            connection = safe_hold_connect(hold);
        }
    return connection;
}

void safe_hold_hand(const struct config_hold *hold)
{
    struct crumple_hold_request request = safe_hold_request(CRUMPLE_HOLD_HAND);
    request.helper = safe_getpid();
    sort_out_all();
    int connection = count ? connect_to_run(hold) : -ENOENT, status = 0;
    for (unsigned at = 0; connection >= 0 && status == 0 && at < count; at += request.count) {
        request.count = count - at < CRUMPLE_HOLD_DESCRIPTORS ? count - at : CRUMPLE_HOLD_DESCRIPTORS;
        status = safe_hold_exchange(connection, &request, listeners + at, NULL);
    }
}
