/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the faulting thread and in the hooks of exit. See state/fault.h. */
#include "state/fault.h"

#include <time.h>

#include "state/config.h"
#include "state/signals.h"

#define KCMP_VM 1 /* linux/kcmp.h */

struct safe_state *safe_state;
struct safe_fault safe_fault;
struct safe_assertion safe_assertion;

void safe_fault_note(int sig, const siginfo_t *info, const ucontext_t *uc)
{
    safe_fault.time_ns = safe_clock_ns(CLOCK_REALTIME);
    safe_fault.mono_ns = safe_clock_ns(CLOCK_MONOTONIC);
    safe_fault.deadline_ns = safe_fault.mono_ns + crumple_config->timeout_ns;
    safe_fault.pid = safe_getpid();
    safe_fault.tid = safe_gettid();
    safe_fault.ppid = 0;
    safe_fault.signo = sig;
    safe_fault.info = *info;
    safe_fault.context = uc;
    safe_fault.fs_base = safe_fs_base();
    safe_fault.in_process = false;
    safe_fault.is_escalation = false;
    safe_fault.handler_ns = 0;
    safe_fault.only_self = false;
    safe_fault.exit_call = NULL;
    safe_fault.dump = NULL;
}

bool safe_fault_is_exit(void)
{
    return !safe_fault.dump && !safe_is_fatal_signal(safe_fault.signo);
}

bool safe_guest(int pid, bool if_unknown)
{
    int known = __atomic_load_n(&safe_state->pid, __ATOMIC_ACQUIRE), nobody = 0;
    if (known)
        return known != pid;
    /* A vfork child of a process that was made past fork() finds none either: the kernel knows. */
    long parent = safe_call(SYS_getppid);
    long same = safe_call(SYS_kcmp, pid, parent, KCMP_VM, 0, 0);
    if (same == 0 || (same < 0 && if_unknown))
        return true;
    __atomic_compare_exchange_n(&safe_state->pid, &nobody, pid, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
    return false;
}
