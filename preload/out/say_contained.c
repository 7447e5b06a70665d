/* SPDX-License-Identifier: MIT */
/* Safe file: what is said of threads that are ended; runs in the faulting thread and in the keeper. */
#include "state/config.h"
#include "state/recovery.h"
#include "crumple_format.h"
#include "out/say.h"
#include "state/fault.h"
#include "out/stderr.h"
#include "base/text.h"

#define NAME_MAX_BYTES 300
#define SHORT_EVENT    1536 /* holds a line that has no path, signature and title */

static bool is_json(void)
{
    return safe_stderr_is_json(crumple_config);
}

/* The names come from symbol tables and from the application's strings. */
static void add_name(struct safe_text *t, const char *name)
{
    size_t n = safe_strlen(name);
    safe_text_add_clean(t, name, n < NAME_MAX_BYTES ? n : NAME_MAX_BYTES);
}

/* What is true of every thread that is ended; its bundle only where it has one. */
static void say_contained_json(void)
{
    static char path[sizeof safe_recovery.dir + sizeof safe_recovery.bundle], peer[48], id[160];
    struct safe_text p = safe_text_on(path, sizeof path);
    size_t name = safe_strlen(safe_recovery.bundle), suffix = sizeof CRUMPLE_BUNDLE_SUFFIX - 1;
    struct safe_event event = {
        .kind = SAFE_EVENT_CONTAINED,
        .tags = crumple_config->tags,
        .signature = safe_recovery.signature[0] ? safe_recovery.signature : NULL,
        .title = safe_recovery.title[0] ? safe_recovery.title : NULL,
        .action = safe_recovery.action == SAFE_ACTION_RESTART ? "restart" : "contain",
        .routine = safe_recovery.routine && safe_recovery.routine[0] ? safe_recovery.routine : NULL,
        .sockets = safe_recovery.sockets,
    };
    safe_peer_text(&safe_recovery.peer, peer, sizeof peer);
    event.peer = peer[0] ? peer : NULL;
    if (name > suffix) {
        safe_text_add(&p, safe_recovery.dir);
        safe_text_add(&p, "/");
        safe_text_add(&p, safe_recovery.bundle);
        safe_text_copy(id, name - suffix + 1 < sizeof id ? name - suffix + 1 : sizeof id,
                       safe_recovery.bundle);
        event.path = path;
        event.id = id;
    }
    safe_say_fault_event(&event);
}

/* "SIGSEGV at address 0x0", "abort", "uncaught exception St13runtime_error: bad input" */
static void add_cause(struct safe_text *t)
{
    if (safe_recovery.cause == SAFE_CAUSE_EXCEPTION) {
        safe_text_add(t, "uncaught exception ");
        add_name(t, safe_recovery.exception_type);
        if (safe_recovery.exception_what[0]) {
            safe_text_add(t, " (");
            add_name(t, safe_recovery.exception_what);
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
        add_name(t, safe_recovery.routine);
        safe_text_add(t, ")");
    }
}

void safe_say_contained(void)
{
    char buffer[1536];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    if (is_json()) {
        say_contained_json();
        return;
    }
    safe_text_add(&t, "crumple: contained ");
    add_cause(&t);
    add_place(&t);
    safe_text_add(&t, safe_recovery.parks ? ": the routine is parked, the process lives, "
                      : safe_recovery.action == SAFE_ACTION_RESTART ? ": the routine starts again, "
                      : safe_recovery.is_guard ? ": its crumple_guard() returns, the process lives, "
                                               : ": the thread is ended, the process lives, ");
    if (safe_recovery.bundle[0]) {
        safe_text_add_clean(&t, safe_recovery.dir, safe_strlen(safe_recovery.dir));
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

void safe_say_common_peer(void)
{
    char buffer[256], peer[48];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    safe_peer_text(&safe_recovery.peer, peer, sizeof peer);
    safe_text_add(&t, "peer ");
    safe_text_add(&t, peer);
    safe_text_add(
        &t, " has other live connections (a proxy, or users behind one address); its breaker does not count "
            "this fault, nor others of such addresses");
    safe_say_line(buffer);
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

/* In the keeper, or in a thread that is parked. */
static void say_event(struct safe_event *event)
{
    char buffer[SHORT_EVENT];
    event->pid = safe_say_pid();
    if (safe_say_wanted())
        safe_stderr_event(crumple_config, event, buffer, sizeof buffer);
}

void safe_say_breaker(const char *scope, const char *name, const char *from, const char *to)
{
    char buffer[1024];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    struct safe_event event = {
        .kind = SAFE_EVENT_BREAKER, .scope = scope, .name = name, .from = from, .to = to};
    if (is_json()) {
        say_event(&event);
        return;
    }
    safe_text_add(&t, "crumple: breaker of ");
    safe_text_add(&t, scope);
    safe_text_add(&t, " ");
    add_name(&t, name);
    safe_text_add(&t, " goes from ");
    safe_text_add(&t, from);
    safe_text_add(&t, " to ");
    safe_text_add(&t, to);
    if (scope[0] == 'p' && to[0] == 'o') /* peer, open */
        safe_text_add(&t, ": its connections are closed at once (CRUMPLE_BREAKER)");
    safe_text_add(&t, "\n");
    safe_say_text(&t);
}

void safe_say_parked(const char *routine, bool parked)
{
    char buffer[1024];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    struct safe_event event = {
        .kind = parked ? SAFE_EVENT_PARKED : SAFE_EVENT_UNPARKED, .routine = routine, .tid = safe_gettid()};
    if (is_json()) {
        say_event(&event);
        return;
    }
    safe_text_add(&t, "crumple: ");
    add_name(&t, routine);
    safe_text_add(&t, parked ? " was restarted too often; it is parked, and the process lives without it\n"
                             : " is no longer parked; it starts again\n");
    safe_say_text(&t);
}
