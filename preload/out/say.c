/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process and in the faulting thread. */
#include "out/say.h"

#include "state/config.h"
#include "state/dumpable.h"
#include "state/recovery.h"
#include "state/signals.h"
#include "crumple_options.h"
#include "state/fault.h"
#include "out/stderr.h"
#include "base/text.h"

/* For lines about the fault. No lock: only the owner of the claim, or its helper, uses it. */
static char event_line[SAFE_EVENT_LINE_MAX];

bool safe_say_wanted(void)
{
    return crumple_config->stderr_mode != CRUMPLE_STDERR_OFF && safe_stderr_usable(crumple_config);
}

int safe_say_pid(void)
{
    return safe_state && safe_state->pid ? safe_state->pid : safe_getpid();
}

void safe_say_text(const struct safe_text *t)
{
    if (safe_say_wanted())
        safe_stderr_text(crumple_config, safe_say_pid(), t);
}

void safe_say_fault_event(struct safe_event *event)
{
    event->pid = safe_fault.pid;
    event->tid = safe_fault.tid;
    event->time_ns = safe_fault.time_ns;
    event->signo = safe_fault.signo;
    if (safe_say_wanted())
        safe_stderr_event(crumple_config, event, event_line, sizeof event_line);
}

void safe_say_line(const char *text)
{
    char buffer[512];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    safe_text_add(&t, "crumple: ");
    safe_text_add(&t, text);
    safe_text_add(&t, "\n");
    safe_say_text(&t);
}

static void add_error(struct safe_text *t, long negative_errno)
{
    const char *name = safe_error_name(negative_errno);
    if (!negative_errno)
        return;
    safe_text_add(t, ": ");
    safe_text_add(t, name);
    if (safe_equal(name, "error")) {
        safe_text_add(t, " ");
        safe_text_add_i64(t, -negative_errno);
    }
}

void safe_say_failure(const char *what, long negative_errno, const char *consequence)
{
    char buffer[CONFIG_PATH_BYTES + 512];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    safe_text_add(&t, "crumple: ");
    safe_text_add(&t, what);
    add_error(&t, negative_errno);
    safe_text_add(&t, "; ");
    safe_text_add(&t, consequence);
    safe_text_add(&t, "\n");
    safe_say_text(&t);
}

void safe_say_cannot_write(const char *dir, long negative_errno, bool last)
{
    char buffer[CONFIG_PATH_BYTES + 64];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    safe_text_add(&t, "cannot write to '");
    safe_text_add_clean(&t, dir, safe_strlen(dir));
    safe_text_add(&t, "'");
    safe_say_failure(buffer, negative_errno,
                     last ? "this crash leaves no bundle" : "trying the next directory");
}

static void add_cause(struct safe_text *t)
{
    const siginfo_t *info = &safe_fault.info;
    if (safe_fault.dump) {
        safe_text_add(t, "a dump was asked for");
        return;
    }
    safe_text_add(t, safe_fault.exit_call ? safe_fault.exit_call : safe_signal_name(safe_fault.signo));
    if (safe_fault.exit_call) {
        safe_text_add(t, "(");
        safe_text_add_i64(t, safe_fault.exit_status);
        safe_text_add(t, ") called");
    } else if (info->si_code > 0 && safe_is_fatal_signal(safe_fault.signo)) {
        safe_text_add(t, " at address ");
        safe_text_add_hex(t, (uint64_t)info->si_addr);
    } else if (info->si_code <= 0 && info->si_pid != safe_fault.pid) {
        safe_text_add(t, " sent by pid ");
        safe_text_add_i64(t, info->si_pid);
    }
}

static void say_fault_json(const char *title)
{
    struct safe_event event = {.kind = safe_fault_is_exit() ? SAFE_EVENT_EXIT : SAFE_EVENT_CRASH,
                               .title = title,
                               .tags = crumple_config->tags,
                               .call = safe_fault.exit_call,
                               .status = safe_fault.exit_status};
    if (safe_recovery.asked && !safe_fault.exit_call) {
        event.action = "refused";
        event.reason = safe_recovery.reason;
    }
    safe_say_fault_event(&event);
}

void safe_say_fault(uint32_t thread_count)
{
    char buffer[1024];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    bool is_json = safe_stderr_is_json(crumple_config);
    if (!is_json)
        safe_text_add(&t, "crumple: ");
    add_cause(&t);
    safe_text_add(&t, " in ");
    safe_text_add_clean(&t, crumple_config->exe_name, safe_strlen(crumple_config->exe_name));
    safe_text_add(&t, ", pid ");
    safe_text_add_i64(&t, safe_fault.pid);
    safe_text_add(&t, ", thread ");
    safe_text_add_i64(&t, safe_fault.tid);
    safe_text_add(&t, ", pc ");
    safe_text_add_hex(&t, (uint64_t)safe_fault.context->uc_mcontext.gregs[REG_RIP]);
    if (thread_count) {
        safe_text_add(&t, ", ");
        safe_text_add_u64(&t, thread_count);
        safe_text_add(&t, " threads");
    }
    if (is_json) {
        say_fault_json(buffer);
        return;
    }
    safe_text_add(&t, "\n");
    safe_say_text(&t);
}

const char *safe_say_no_core(void)
{
    return safe_dumpable_refused() ? "no core is kept: " CRUMPLE_NOT_DUMPABLE
                                   : "no core is kept: CRUMPLE_STACK is not full";
}

void safe_say_pending(const struct safe_writer *job, const char *why, long negative_errno)
{
    char buffer[2 * CONFIG_PATH_BYTES];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    const bool is_kept = job->core_fd < 0;
    safe_text_add(&t, is_kept ? "crumple: no bundle yet: " : "crumple: no bundle: ");
    safe_text_add(&t, why);
    if (negative_errno && crumple_config->writer[0] && safe_starts(why, "crumple-writer could not")) {
        safe_text_add(&t, ", '");
        safe_text_add_clean(&t, crumple_config->writer, safe_strlen(crumple_config->writer));
        safe_text_add(&t, "'");
    }
    add_error(&t, negative_errno);
    if (!is_kept) {
        safe_text_add(&t, "; ");
        safe_text_add(&t, safe_say_no_core());
        safe_text_add(&t, "\n");
        safe_say_text(&t);
        return;
    }
    safe_text_add(&t, "; the core is kept as '");
    safe_text_add_clean(&t, job->dir, safe_strlen(job->dir));
    safe_text_add(&t, "/");
    safe_text_add_clean(&t, job->core, safe_strlen(job->core));
    safe_text_add(&t, "', finish it with 'crumple collect'\n");
    safe_say_text(&t);
}
