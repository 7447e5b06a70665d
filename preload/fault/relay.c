/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the handler. See fault/relay.h. */
#include "fault/relay.h"

#include "stopped/signal_frames.h"
#include "fault/init.h"
#include "out/say.h"
#include "state/config.h"
#include "state/dumpable.h"
#include "base/sys.h"
#include "base/text.h"

static bool is_cause(const struct safe_frame *frame, const void *sig)
{
    return safe_frame_is_cause(frame, *(const int *)sig);
}

bool safe_relay_is(int sig, const siginfo_t *info, const ucontext_t *uc, int pid, int tid)
{
    struct safe_given_back given;
    if (info->si_code > 0 || info->si_pid != pid || tid != pid || !safe_dumpable_just_refused())
        return false;
    return !safe_init_is_in_abort(uc) && !safe_frames_given_back(sig, &given) &&
           !safe_frames_any((uint64_t)uc->uc_mcontext.gregs[REG_RSP], is_cause, &sig);
}

void safe_relay_say(int sig)
{
    char buffer[256];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    safe_text_add(&t, "crumple: ");
    safe_text_add_clean(&t, crumple_config->exe_name, safe_strlen(crumple_config->exe_name));
    safe_text_add(&t, ", pid ");
    safe_text_add_i64(&t, safe_getpid());
    safe_text_add(&t, ", passes ");
    safe_text_add(&t, safe_signal_name(sig));
    safe_text_add(&t, " on: it asked not to be dumped and sent itself the signal; no report of its own\n");
    safe_say_text(&t);
}
