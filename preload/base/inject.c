/* SPDX-License-Identifier: MIT */
/* Safe file, of test builds only: runs in any stage of a capture. See base/inject.h. */
#include "base/inject.h"

#ifdef CRUMPLE_INJECTS

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

#include "base/sys.h"
#include "base/text.h"

static char wanted[64];
static const char *kind = "";

void safe_inject_prepare(char *const *envp)
{
    for (; *envp; envp++)
        if (safe_starts(*envp, "INJECT_STAGE=")) {
            safe_text_copy(wanted, sizeof wanted, *envp + sizeof "INJECT_STAGE=" - 1);
            size_t i = 0;
            for (; wanted[i] && wanted[i] != ':'; i++)
                ;
            if (wanted[i]) {
                wanted[i] = '\0';
                kind = wanted + i + 1;
            }
        }
}

/* A filter of this task that traps getppid, and a call of it. */
static void call_what_is_trapped(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof code / sizeof *code, code};
    safe_call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    safe_call(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
    safe_call(SYS_getppid);
}

void safe_inject(const char *stage)
{
    static const struct {
        int64_t sec, nsec;
    } long_time = {1000, 0};
    volatile uint64_t nowhere = 16;
    if (!wanted[0] || !safe_equal(stage, wanted))
        return;
    wanted[0] = '\0'; /* once: what comes after it is to go well */
    if (safe_equal(kind, "fault"))
        *(volatile int *)nowhere = 1;
    else if (safe_equal(kind, "sigsys"))
        call_what_is_trapped();
    else if (safe_equal(kind, "hang"))
        safe_call(SYS_nanosleep, &long_time, NULL);
    else if (safe_equal(kind, "spin"))
        for (;;)
            ;
    else if (safe_equal(kind, "kill"))
        safe_call(SYS_kill, safe_getpid(), 9);
}

#endif
