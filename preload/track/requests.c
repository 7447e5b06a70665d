/* SPDX-License-Identifier: MIT */
/* Safe file: runs in hooks. See track/requests.h. */
#include "track/requests.h"

#include <sys/mman.h>

#include "base/sys.h"
#include "proc/try.h"
#include "state/signals.h"

struct safe_requests *safe_requests_table;
_Atomic uint8_t safe_requests_watched;
static uint32_t *turns; /* by descriptor: how often it was answered or closed, by any thread */

int safe_requests_prepare(void)
{
    const size_t bytes = SAFE_REQUESTS_THREADS * sizeof *safe_requests_table;
    long p = safe_call(SYS_mmap, 0, bytes + SAFE_SOCKETS_MAX * sizeof *turns, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (safe_is_error(p))
        return (int)p;
    turns = (uint32_t *)(p + (long)bytes);
    __atomic_store_n(&safe_requests_table, (struct safe_requests *)p, __ATOMIC_RELEASE);
    return 0;
}

/* Takes the request at 'at' out. */
static void take_out(struct safe_requests *all, uint32_t at)
{
    all->count--;
    for (; at < all->count; at++)
        all->request[at] = all->request[at + 1];
}

static void take_out_fd(struct safe_requests *all, int fd)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (all->request[i].fd == fd) {
            take_out(all, i);
            return;
        }
}

/*
 * What is above the hook's own frame belongs to who called it. A thread that has several stacks may have given back the one that
 * it waited on: the copy may fail, where nobody but crumple would hear of it. Returns the word at wait_slot, 0: not known.
 */
static uint64_t look_at_caller(struct safe_requests *all, const void *frame)
{
    const uint64_t sync = SAFE_SIGBIT(SIGSEGV) | SAFE_SIGBIT(SIGBUS), slot = all->wait_slot;
    const uint64_t end = (uint64_t)frame + 16; /* behind the hook's return address */
    uint64_t words[SAFE_REQUESTS_BELOW + 1];
    all->below_count = 0;
    if (!slot || slot < end || ((safe_entry_ours | safe_entry_entered) & sync) != sync)
        return 0;
    uint32_t below =
        (slot - end) / 8 < SAFE_REQUESTS_BELOW ? (uint32_t)(slot - end) / 8 : SAFE_REQUESTS_BELOW;
    if (safe_try_copy(words, (const void *)(slot - 8 * below), 8 * (below + 1)) != 0)
        return 0;
    all->below_count = below;
    for (uint32_t i = 0; i < below; i++)
        all->below[i] = words[below - 1 - i];
    return words[below];
}

static uint32_t turn_of(int fd)
{
    return (uint32_t)fd < SAFE_SOCKETS_MAX ? __atomic_load_n(&turns[fd], __ATOMIC_RELAXED) : 0;
}

void safe_requests_read(int fd, const void *buffer, size_t bytes, const void *frame)
{
    struct safe_requests *all = safe_requests_own();
    if (!all || !safe_sockets_is_inbound(fd))
        return;
    take_out_fd(all, fd);
    if (all->count == SAFE_REQUESTS_MAX) {
        take_out(all, 0);
        all->lost = true;
    }
    all->request[all->count++] = (struct safe_request){
        .fd = fd,
        .turn = turn_of(fd),
        .bytes = bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX,
        .buffer = (uint64_t)buffer,
        .caller = look_at_caller(all, frame),
    };
}

void safe_requests_answered(int fd)
{
    struct safe_requests *all = safe_requests_own();
    if (safe_requests_table &&
        (uint32_t)fd < SAFE_SOCKETS_MAX) /* of two at once one may be lost: it is another turn */
        __atomic_store_n(&turns[fd], turn_of(fd) + 1, __ATOMIC_RELAXED);
    if (all && all->count)
        take_out_fd(all, fd);
}

bool safe_requests_is_open(const struct safe_request *request)
{
    return turn_of(request->fd) == request->turn;
}

void safe_requests_accepts(void)
{
    struct safe_requests *all = safe_requests_own();
    if (all && !all->wait_slot)
        all->count = 0;
}

void safe_requests_waits(const void *frame)
{
    struct safe_requests *all = safe_requests_own();
    if (!all)
        return;
    all->count = 0;
    all->lost = false;
    all->wait_slot = (uint64_t)frame + 8;
    all->wait_caller = ((const uint64_t *)frame)[1];
}
