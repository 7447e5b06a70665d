/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the faulting thread, with the claim. See track/leaked_sockets.h. */
#include "track/leaked_sockets.h"

#include <sys/socket.h>

#include "track/sockets.h"
#include "base/sys.h"

#define LEAKS_MAX 64
#define ONCE      32 /* connections of one thread */

static struct {
    int fd;
    uint32_t serial;
} leak[LEAKS_MAX];
static uint32_t count;

static uint32_t find(const struct safe_thread *t, bool only_last, int *fds)
{
    uint32_t n = (uint32_t)safe_sockets_of(t, fds, ONCE);
    if (!only_last)
        return n;
    for (uint32_t i = 0; i < n; i++)
        if (fds[i] == t->last_fd) {
            fds[0] = fds[i];
            return 1;
        }
    return 0;
}

uint32_t safe_leaks_expected(const struct safe_thread *t, bool only_last)
{
    int fds[ONCE];
    return find(t, only_last, fds);
}

uint32_t safe_leaks_now(void)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (safe_sockets_is_of(leak[i].fd, leak[i].serial))
            leak[kept++] = leak[i];
    count = kept;
    return count;
}

uint32_t safe_leaks_most(void)
{
    struct {
        uint64_t now, most;
    } limit = {1024, 1024};
    safe_call(SYS_prlimit64, 0, 7 /* RLIMIT_NOFILE */, NULL, &limit);
    return limit.now / 16 < LEAKS_MAX ? (uint32_t)(limit.now / 16) : LEAKS_MAX;
}

void safe_leaks_shut(const struct safe_thread *t, bool only_last)
{
    int fds[ONCE];
    uint32_t n = find(t, only_last, fds);
    for (uint32_t i = 0; i < n; i++) {
        safe_call(SYS_shutdown, fds[i], SHUT_RDWR);
        if (count < LEAKS_MAX) {
            leak[count].fd = fds[i];
            leak[count].serial = t->serial;
            count++;
        }
    }
    /* More than were asked for at once: the rest, uncounted. */
    if (n == ONCE && !only_last)
        safe_sockets_shut(t);
}
