/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the hold helper, with no memory but this object's. See hold/hand.h. */
#include "hold/hand.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/io.h"
#include "base/sys.h"
#include "base/text.h"
#include "hold/ask.h"

#define LOW_MAX       1024      /* where listening sockets are, nearly always */
#define BACKLOG       65535     /* the kernel makes somaxconn of it */
#define TRIED_MAX     (1 << 20) /* numbers of descriptors */
#define TRIED_UNKNOWN 65536     /* where nothing says how many there are */

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
    for (int fd = 0; fd < LOW_MAX; fd++)
        if (is_listener(fd))
            safe_call(SYS_listen, fd, BACKLOG);
}

/* As many numbers as the table has; /proc/self/fd would list the open ones, in ten times the time. */
static int table_size(void)
{
    static const char name[] = "FDSize:\t";
    static char text[2048];
    int fd = safe_open(-1, "/proc/self/status", O_RDONLY, 0), size = 0;
    long n = fd < 0 ? 0 : safe_read_fd(fd, text, sizeof text - 1);
    safe_close(fd);
    for (long i = 0; i < n && !size; i++)
        if (safe_starts(text + i, name))
            for (const char *p = text + i + sizeof name - 1; *p >= '0' && *p <= '9' && size < TRIED_MAX; p++)
                size = size * 10 + (*p - '0');
    return size ? size : TRIED_UNKNOWN;
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

static int hand_between(const struct config_hold *hold, int from, int to, int connection)
{
    struct crumple_hold_request request = safe_hold_request(CRUMPLE_HOLD_HAND);
    static int listeners[CRUMPLE_HOLD_DESCRIPTORS];
    request.helper = safe_getpid();
    for (int fd = from; fd < to; fd++) {
        if (is_listener(fd))
            listeners[request.count++] = fd;
        if (!request.count || (request.count < CRUMPLE_HOLD_DESCRIPTORS && fd < to - 1))
            continue;
        if (connection == -1)
            connection = connect_to_run(hold);
        if (connection < 0 || safe_hold_exchange(connection, &request, listeners, NULL) < 0)
            return -2;
        request.count = 0;
    }
    return connection;
}

/*
 * Low numbers first: if the server had so many descriptors that crumple-run loses patience, these are in its hands. All else is closed
 * by the end of this process: there nobody waits for a socket that is to linger (net/ipv4/af_inet.c, inet_release), and ten thousand
 * connections take the time that they would have taken at the server's own end.
 */
void safe_hold_hand(const struct config_hold *hold)
{
    int connection = hand_between(hold, 0, LOW_MAX, -1);
    if (connection != -2)
        hand_between(hold, LOW_MAX, table_size(), connection);
}
