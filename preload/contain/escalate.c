/* SPDX-License-Identifier: MIT */
/* Safe file: see contain/escalate.h. */
#include "contain/escalate.h"

#include <signal.h>

#include "state/recovery.h"
#include "state/thread.h"
#include "state/signals.h"
#include "out/happenings.h"
#include "out/say.h"
#include "state/fault.h"
#include "base/text.h"

static _Atomic int by_signal;

/* What the signal stands for; the cookie tells it from an application's. */
static struct {
    _Atomic uint64_t cookie; /* 0: none */
    const char *reason;
    int signo, code;
    uint64_t address;
} told;

/* One whose kernel handler is ours: the application may have taken the one of the fault for itself. */
static int ours(int preferred)
{
    struct safe_sigaction now;
    /* Signals of faults are never blocked in truth. */
    if ((SAFE_SIGBIT(preferred) & SAFE_SYNC_MASK) && safe_sigaction(preferred, NULL, &now) == 0 &&
        now.handler == (void *)safe_handler)
        return preferred;
    for (size_t i = 0; i < SAFE_FATAL_COUNT; i++)
        if (safe_sigaction(safe_fatal_signals[i], NULL, &now) == 0 && now.handler == (void *)safe_handler)
            return safe_fatal_signals[i];
    return 0;
}

void safe_escalate_prepare(int signo)
{
    by_signal = ours(signo);
}

bool safe_escalate_send(int pid, int tid, const struct safe_thread *t, const char *reason)
{
    siginfo_t info;
    int sig = by_signal ? by_signal : t->signo;
    safe_happened_escalation(reason);
    told.reason = reason;
    told.signo = t->signo;
    told.code = t->code;
    told.address = t->fault_address;
    told.cookie = (uint64_t)t | 1;
    safe_zero(&info, sizeof info);
    info.si_signo = sig;
    info.si_code = SI_QUEUE;
    info.si_pid = pid;
    info.si_value.sival_ptr = (void *)told.cookie;
    return safe_call(SYS_rt_tgsigqueueinfo, pid, tid, sig, &info) == 0;
}

void safe_escalate_own(const char *reason)
{
    by_signal = ours(safe_self->signo);
    uint64_t fatal = SAFE_SIGBIT(by_signal);
    if (by_signal)
        safe_call(SYS_rt_sigprocmask, SIG_UNBLOCK, &fatal, NULL, 8);
    if (!by_signal || !safe_escalate_send(safe_getpid(), safe_gettid(), safe_self, reason)) {
        safe_say_failure(reason, 0, "killing the process");
        if (safe_getpid() != 1)
            safe_call(SYS_kill, safe_getpid(), SIGKILL);
        safe_call(SYS_exit_group, 128 + safe_self->signo);
    }
}

/* What the process dies of is the fault that the thread was to be ended for. */
void safe_escalate_die_of(int signo, int code, uint64_t address)
{
    safe_zero(&safe_fault.info, sizeof safe_fault.info);
    safe_fault.signo = signo;
    safe_fault.info.si_signo = signo;
    safe_fault.info.si_code = code;
    if (code > 0) {
        safe_fault.info.si_addr = (void *)address;
    } else {
        safe_fault.info.si_pid = safe_fault.pid;
        safe_fault.info.si_uid = (uid_t)safe_call(SYS_getuid);
    }
}

/* The keeper's or the thread's own word that the process must die after all: of the fault it was ended for.
 */
bool safe_escalate_is(const siginfo_t *info)
{
    uint64_t cookie = told.cookie;
    return cookie && info->si_code == SI_QUEUE && (uint64_t)info->si_value.sival_ptr == cookie;
}

bool safe_escalate_taken(const char **ret_reason)
{
    if (!safe_escalate_is(&safe_fault.info))
        return false;
    safe_fault.is_escalation = true;
    safe_escalate_die_of(told.signo, told.code, told.address);
    *ret_reason = told.reason;
    return true;
}
