/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the faulting thread and in the hooks of exit. See state/vfork_child.h. */
#include "state/vfork_child.h"

#include "state/fault.h"

#define KCMP_VM 1 /* linux/kcmp.h */

bool safe_guest(int pid, bool if_unknown)
{
    int known = __atomic_load_n(&safe_state->pid, __ATOMIC_ACQUIRE), nobody = 0;
    long parent, same;
    if (known)
        return known != pid;
    /* A vfork child of a process that was made past fork() finds none either: the kernel knows. */
    parent = safe_call(SYS_getppid);
    same = safe_call(SYS_kcmp, pid, parent, KCMP_VM, 0, 0);
    if (same == 0 || (same < 0 && if_unknown))
        return true;
    __atomic_compare_exchange_n(&safe_state->pid, &nobody, pid, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
    return false;
}
