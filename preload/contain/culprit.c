/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the faulting thread, with the claim. See contain/culprit.h. */
#include "contain/culprit.h"

#include <netinet/in.h>

#include "base/io.h"
#include "base/sys.h"
#include "base/text.h"
#include "contain/culprit_verdict.h"
#include "state/config.h"
#include "state/culprit.h"
#include "state/fault.h"
#include "track/peers.h"
#include "track/requests.h"
#include "track/sockets.h"

#define STACK_BYTES (64u << 10) /* of the live stack, from its end on */
#define PIECE_WORDS 256
#define SAME_WORDS  3
#define NEAR_BYTES  4096 /* two calls of one function lie no farther apart */

/* The fault as the thread had it. */
struct scene {
    struct safe_requests all;
    uint64_t registers[SAFE_REGISTERS], limit; /* no word of the stack is looked at from there on */
    bool is_fault;
};

/* A fault that a handler of the application got, which has sent this signal for it. */
static bool is_handed(void)
{
    const struct safe_handed_fault *h = &safe_handed_fault;
    return safe_fault.info.si_pid == safe_fault.pid && h->signo == safe_fault.signo &&
           __atomic_load_n(&h->pid, __ATOMIC_ACQUIRE) == safe_fault.pid;
}

/* abort(), or raise() of it: whoever calls it is the thread. */
static bool is_own_abort(void)
{
    return safe_fault.signo == SIGABRT && safe_fault.info.si_code == SI_TKILL &&
           safe_fault.info.si_pid == safe_fault.pid;
}

static bool take_scene(struct scene *s)
{
    const struct safe_requests *from = safe_fault.fs_base ? safe_requests_own() : NULL;
    safe_copy(s->registers, safe_fault.context->uc_mcontext.gregs, sizeof s->registers);
    s->is_fault = safe_fault.info.si_code > 0 || is_own_abort();
    if (safe_fault.info.si_code <= 0 && !is_own_abort() && is_handed()) {
        from = safe_handed_fault.requests;
        safe_copy(s->registers, safe_handed_fault.registers, sizeof s->registers);
        s->is_fault = true;
    }
    /* The table has pointers to all buffers, and may lie behind the thread's stack. */
    s->limit = (uint64_t)safe_requests_table > s->registers[REG_RSP] ? (uint64_t)safe_requests_table
                                                                     : crumple_config->stack_end;
    return from && safe_read_memory((uint64_t)from, &s->all, sizeof s->all) == 0 &&
           s->all.count <= SAFE_REQUESTS_MAX;
}

/* Those that another thread has answered, and of connections that are closed, or were closed unseen. What lay on the stack is of the last read. */
static void drop_closed(struct safe_requests *all)
{
    const int last = all->count ? all->request[all->count - 1].fd : -1;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < all->count; i++)
        if (safe_requests_is_open(&all->request[i]) && safe_sockets_is_inbound(all->request[i].fd) &&
            safe_sockets_is_connection(all->request[i].fd))
            all->request[kept++] = all->request[i];
    all->count = kept;
    if (!kept || all->request[kept - 1].fd != last)
        all->below_count = 0;
}

static uint32_t pointed(const struct safe_requests *all, uint64_t word)
{
    uint32_t bits = 0;
    for (uint32_t i = 0; i < all->count; i++)
        if (word - all->request[i].buffer < all->request[i].bytes && all->request[i].buffer)
            bits |= UINT32_C(1) << i;
    return bits;
}

/* Which requests' bytes the live stack points into, and those registers that functions keep: the others may hold what a
 * function that has returned has left there. */
static uint32_t find_points(const struct scene *s)
{
    static const uint8_t kept[] = {REG_RBX, REG_RBP, REG_R12, REG_R13, REG_R14, REG_R15};
    uint64_t words[PIECE_WORDS], at = s->registers[REG_RSP] & ~UINT64_C(7), end = at + STACK_BYTES;
    uint32_t bits = 0;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        bits |= pointed(&s->all, s->registers[kept[i]]);
    if (s->limit > at && s->limit < end)
        end = s->limit;
    for (; at + sizeof words <= end || at + 8 <= end; at += sizeof words) {
        uint64_t bytes = end - at < sizeof words ? end - at : sizeof words;
        if (safe_read_memory(at, words, bytes) < 0)
            break;
        for (uint64_t i = 0; i < bytes / 8; i++)
            bits |= pointed(&s->all, words[i]);
    }
    return bits;
}

/* While the function that the loop has called serves the request, its return address lies where that of the wait lay: both
 * are calls of one function. Where they are not, nothing is known. */
static bool is_call_of_loop(const struct safe_requests *all, const struct safe_request *r)
{
    uint64_t apart = r->caller - all->wait_caller;
    return r->caller && apart && apart + NEAR_BYTES <= 2 * NEAR_BYTES;
}

/* How many of the words that the reader's call had saved of the loop's registers are there still. Another call from the same
 * place has saved others, such as the number of its event. */
static uint32_t count_same(const struct scene *s)
{
    const struct safe_requests *all = &s->all;
    uint64_t now, at = all->wait_slot - 8;
    uint32_t same = 0;
    for (; same < all->below_count && same < SAFE_REQUESTS_BELOW; at -= 8, same++)
        if (at < s->registers[REG_RSP] || safe_read_memory(at, &now, sizeof now) < 0 ||
            now != all->below[same])
            break;
    return same;
}

/* What the loop is at, if it can be seen. */
static void look_at_loop(const struct scene *s, struct safe_culprit_facts *facts)
{
    const struct safe_requests *all = &s->all;
    const struct safe_request *last = &all->request[all->count - 1];
    uint64_t now;
    if (!is_call_of_loop(all, last) || safe_read_memory(all->wait_slot, &now, sizeof now) < 0)
        return;
    const uint32_t same = now == last->caller ? count_same(s) : 0;
    facts->is_served = same >= SAME_WORDS;
    facts->is_in_call = now == last->caller && (same || !all->below_count);
    facts->has_returned = !facts->is_in_call;
}

static uint16_t port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {.any.sa_family = AF_UNSPEC};
    socklen_t bytes = sizeof address;
    if (safe_call(SYS_getpeername, fd, &address, &bytes) < 0 ||
        (address.any.sa_family != AF_INET && address.any.sa_family != AF_INET6))
        return 0;
    return (uint16_t)(address.v4.sin_port << 8 | address.v4.sin_port >> 8); /* sin6_port lies there, too */
}

static void strike(const struct safe_request *r)
{
    struct safe_culprit *c = &safe_culprit;
    c->fd = r->fd;
    c->bytes = r->bytes;
    c->peer = safe_peer_of(r->fd);
    c->port = port_of(r->fd);
    const struct safe_peer own = safe_peer_own(r->fd);
    const bool is_here = c->peer.family && safe_peer_equal(&c->peer, &own);
    if (is_here)
        c->why = "its address is the server's own, and that of all programs of this host";
    c->shared = is_here ||
                (c->peer.family && safe_peers_are_several(&c->peer, safe_sockets_has_other(&c->peer, r->fd),
                                                          safe_fault.mono_ns));
    c->strike = c->peer.family && !c->shared;
    if (c->strike)
        safe_peers_killed(&c->peer, safe_peers_take(r->fd), safe_fault.mono_ns);
    c->state = SAFE_CULPRIT_FOUND;
}

void safe_culprit_seek(void)
{
    static struct scene s;
    if (!safe_peers_are_shared() || safe_fault_is_exit() || !safe_fault.signo)
        return;
    bool is_known = take_scene(&s);
    if (!is_known)
        s.all.count = 0, s.all.wait_slot = 0;
    drop_closed(&s.all);
    struct safe_culprit_facts facts = {
        .is_fault = s.is_fault,
        .is_loop = s.all.wait_slot != 0,
        .is_whole = safe_requests_watched != SAFE_WATCHING_SOME,
        .has_lost = is_known && s.all.lost,
        .count = s.all.count,
        .request = s.all.request,
        .points = s.is_fault && s.all.count ? find_points(&s) : 0,
    };
    if (s.all.count)
        look_at_loop(&s, &facts);
    safe_culprit.state = SAFE_CULPRIT_NONE;
    int found = safe_culprit_verdict(&facts, &safe_culprit.why);
    if (found >= 0)
        strike(&s.all.request[found]);
    else if (!safe_culprit.why)
        safe_culprit.open = s.all.count;
}
