/* SPDX-License-Identifier: MIT */
/* Safe file: what is said of threads that are ended; runs in the faulting thread and in the keeper. */
#include "crumple_options.h"
#include "safe_recover.h"
#include "safe_say.h"
#include "safe_state.h"
#include "safe_text.h"

static bool is_json(void)
{
    return crumple_config->stderr_mode == CRUMPLE_STDERR_JSON;
}

/* The names come from symbol tables and from the application's strings: no quotes, no control characters. */
static void add_quoted(struct safe_text *t, const char *text)
{
    size_t i, n = safe_strlen(text);
    for (i = 0; i < n && i < 300; i++)
        safe_text_add_clean(t, text[i] == '"' || text[i] == '\\' ? "'" : text + i, 1);
}

static void add_member(struct safe_text *t, const char *key, const char *value)
{
    safe_text_add(t, ",\"");
    safe_text_add(t, key);
    safe_text_add(t, "\":\"");
    add_quoted(t, value);
    safe_text_add(t, "\"");
}

static void say_json(const char *event)
{
    char buffer[1536];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    safe_text_add(&t, "{\"event\":\"");
    safe_text_add(&t, event);
    safe_text_add(&t, "\"");
    add_member(&t, "signal", safe_signal_name(safe_fault.signo));
    add_member(&t, "exe", crumple_config->exe);
    safe_text_add(&t, ",\"pid\":");
    safe_text_add_i64(&t, safe_fault.pid);
    safe_text_add(&t, ",\"tid\":");
    safe_text_add_i64(&t, safe_fault.tid);
    add_member(&t, "routine", safe_recovery.routine ? safe_recovery.routine : "");
    if (safe_recovery.action == SAFE_ACTION_CRASH) {
        add_member(&t, "decision", safe_recovery.reason ? safe_recovery.reason : "");
    } else {
        add_member(&t, "action", safe_recovery.action == SAFE_ACTION_RESTART ? "restart" : "contain");
        add_member(&t, "signature", safe_recovery.signature);
        add_member(&t, "bundle", safe_recovery.bundle);
    }
    safe_text_add(&t, "}\n");
    safe_say_text(&t);
}

/* "SIGSEGV at address 0x0", "abort", "uncaught exception St13runtime_error: bad input" */
static void add_cause(struct safe_text *t)
{
    if (safe_recovery.cause == SAFE_CAUSE_EXCEPTION) {
        safe_text_add(t, "uncaught exception ");
        add_quoted(t, safe_recovery.exception_type);
        if (safe_recovery.exception_what[0]) {
            safe_text_add(t, " (");
            add_quoted(t, safe_recovery.exception_what);
            safe_text_add(t, ")");
        }
        return;
    }
    safe_text_add(t, safe_signal_name(safe_fault.signo));
    if (safe_fault.info.si_code > 0) {
        safe_text_add(t, " at address ");
        safe_text_add_hex(t, (uint64_t)safe_fault.info.si_addr);
    }
}

static void add_place(struct safe_text *t)
{
    safe_text_add(t, " in ");
    safe_text_add(t, crumple_config->exe_name);
    safe_text_add(t, ", pid ");
    safe_text_add_i64(t, safe_fault.pid);
    safe_text_add(t, ", thread ");
    safe_text_add_i64(t, safe_fault.tid);
    if (safe_recovery.routine && safe_recovery.routine[0]) {
        safe_text_add(t, " (");
        add_quoted(t, safe_recovery.routine);
        safe_text_add(t, ")");
    }
}

void safe_say_contained(void)
{
    char buffer[1536];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    if (is_json()) {
        say_json("contained");
        return;
    }
    safe_text_add(&t, "crumple: contained ");
    add_cause(&t);
    add_place(&t);
    safe_text_add(&t, safe_recovery.action == SAFE_ACTION_RESTART
                          ? ": the routine is started again, "
                          : ": the thread is ended, the process lives, ");
    if (safe_recovery.bundle[0]) {
        safe_text_add(&t, safe_recovery.dir);
        safe_text_add(&t, "/");
        safe_text_add(&t, safe_recovery.bundle);
    } else if (safe_recovery.signature_count) {
        safe_text_add(&t, "counted without a bundle (number ");
        safe_text_add_u64(&t, safe_recovery.signature_count);
        safe_text_add(&t, " of its signature)");
    } else {
        safe_text_add(&t, "counted without a bundle");
    }
    safe_text_add(&t, "\n");
    safe_say_text(&t);
}

void safe_say_not_contained(void)
{
    char buffer[1024];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    if (!safe_recovery.asked || safe_recovery.action != SAFE_ACTION_CRASH || is_json())
        return;
    safe_text_add(&t, "crumple: not contained: ");
    safe_text_add(&t, safe_recovery.reason ? safe_recovery.reason : "");
    safe_text_add(&t, "; ");
    add_cause(&t);
    add_place(&t);
    safe_text_add(&t, " ends the process\n");
    safe_say_text(&t);
}

void safe_say_breaker(const char *scope, const char *name, const char *from, const char *to)
{
    char buffer[1024];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    if (is_json()) {
        safe_text_add(&t, "{\"event\":\"breaker\"");
        add_member(&t, "scope", scope);
        add_member(&t, "name", name);
        add_member(&t, "from", from);
        add_member(&t, "to", to);
        safe_text_add(&t, "}\n");
    } else {
        safe_text_add(&t, "crumple: the breaker of ");
        safe_text_add(&t, scope);
        safe_text_add(&t, " ");
        add_quoted(&t, name);
        safe_text_add(&t, " goes from ");
        safe_text_add(&t, from);
        safe_text_add(&t, " to ");
        safe_text_add(&t, to);
        safe_text_add(&t, "\n");
    }
    safe_say_text(&t);
}

void safe_say_parked(const char *routine, bool parked)
{
    char buffer[1024];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    if (is_json()) {
        safe_text_add(&t, parked ? "{\"event\":\"parked\"" : "{\"event\":\"unparked\"");
        add_member(&t, "routine", routine);
        safe_text_add(&t, "}\n");
    } else {
        safe_text_add(&t, "crumple: ");
        add_quoted(&t, routine);
        safe_text_add(&t, parked ? " was restarted too often: it is parked, the process lives without it\n"
                                 : " is no longer parked: it is started again\n");
    }
    safe_say_text(&t);
}
