/* SPDX-License-Identifier: MIT */
/* Safe file: see contain/watch.h. */
#include "contain/watch.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "state/config.h"
#include "state/thread.h"
#include "contain/escalate.h"
#include "state/fault.h"
#include "proc/tasks.h"

#define LIMIT_NS UINT64_C(2000000000)
#define LAST_NS  UINT64_C(1000000000) /* and the timeout of a capture */
#define PLACES   256

/* tid is written last by the thread, and cleared by the keeper only. */
static struct {
    _Atomic int tid;
    uint32_t serial;
    struct safe_thread *thread;
    uint64_t since_ns, told_ns;
} place[PLACES];

void safe_watch_add(int tid, struct safe_thread *thread)
{
    for (int i = 0; i < PLACES; i++) {
        if (__atomic_load_n(&place[i].tid, __ATOMIC_ACQUIRE))
            continue;
        place[i].serial = thread->serial;
        place[i].thread = thread;
        place[i].since_ns = safe_clock_ns(CLOCK_MONOTONIC);
        place[i].told_ns = 0;
        __atomic_store_n(&place[i].tid, tid, __ATOMIC_RELEASE);
        return;
    }
}

/* Its record is another thread's by now, or the kernel has no such thread. */
static bool is_gone(int i, int host)
{
    return place[i].thread->serial != place[i].serial ||
           safe_call(SYS_tgkill, host, place[i].tid, 0) == -ESRCH;
}

static void escalate(int i, uint64_t now, int host)
{
    if (place[i].told_ns) {
        if (now - place[i].told_ns > LAST_NS + crumple_config->timeout_ns)
            safe_call(SYS_kill, host, SIGKILL);
        return;
    }
    place[i].told_ns = now;
    if (!safe_escalate_send(host, place[i].tid, place[i].thread, "the ended thread did not end within 2 s"))
        safe_call(SYS_kill, host, SIGKILL);
}

bool safe_watch_has_room(void)
{
    for (int i = 0; i < PLACES; i++)
        if (!__atomic_load_n(&place[i].tid, __ATOMIC_ACQUIRE))
            return true;
    return false;
}

/* While the host is stopped (SIGSTOP, a debugger) its threads cannot end. */
static bool is_stopped(int i, int host)
{
    char state = 0, name[16];
    safe_task_reason(host, place[i].tid, SIGKILL, &state, name);
    return state == 'T' || state == 't';
}

void safe_watch_look(uint64_t now, int host)
{
    static uint64_t looked_ns;
    uint64_t since_look = looked_ns && now > looked_ns ? now - looked_ns : 0;
    for (int i = 0; i < PLACES; i++) {
        if (!__atomic_load_n(&place[i].tid, __ATOMIC_ACQUIRE))
            continue;
        if (is_gone(i, host))
            __atomic_store_n(&place[i].tid, 0, __ATOMIC_RELEASE);
        else if (is_stopped(i, host)) /* at every look: the time since the last one does not count */
            place[i].since_ns = place[i].since_ns + since_look < now ? place[i].since_ns + since_look : now;
        else if (now > place[i].since_ns && now - place[i].since_ns > LIMIT_NS)
            escalate(i, now, host);
    }
    looked_ns = now;
}

bool safe_watch_any(void)
{
    for (int i = 0; i < PLACES; i++)
        if (__atomic_load_n(&place[i].tid, __ATOMIC_ACQUIRE))
            return true;
    return false;
}
