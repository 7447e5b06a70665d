/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. */
#include "capture/notes.h"

#include <elf.h>
#include <errno.h>
#include <time.h>

#include "state/config.h"
#include "state/culprit.h"
#include "state/dumpable.h"
#include "state/fault.h"
#include "state/recovery.h"
#include "capture/exception.h"
#include "capture/fault_notes.h"
#include "base/io.h"
#include "capture/held_locks_note.h"
#include "capture/kernel_notes.h"
#include "capture/last_words.h"
#include "capture/messages.h"
#include "capture/told_notes.h"
#include "capture/vitals.h"
#include "proc/proc.h"
#include "capture/guarded.h"
#include "base/text.h"
#include "track/unloaded.h"

static struct safe_text info; /* CRUMPLE_NOTE_INFO as it grows */
static size_t dump_ns_at;     /* in it: the digits of dump_ns */

static void add_threads(struct safe_notes *n, const struct safe_capture *c)
{
    uint32_t at, count = c->stop.count;
    struct crumple_note_thread *t = (struct crumple_note_thread *)safe_note_begin(
        n, CRUMPLE_NOTE_OWNER, CRUMPLE_NOTE_THREADS, count * sizeof *t);
    if (!t)
        return;
    for (uint32_t i = 0; i < count; i++, t++) {
        /* The faulting thread first: slot 0 and it change places when it is another. */
        at = i == 0 ? c->origin.slot : (i == c->origin.slot ? 0 : i);
        const struct safe_slot *slot = &c->stop.slot[at];
        int state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);
        t->tid = slot->tid;
        t->state = state == SAFE_SLOT_GIVEN_UP ? CRUMPLE_THREAD_MISSING : CRUMPLE_THREAD_CAPTURED;
        t->reason = slot->reason;
        t->routine = slot->routine;
        t->proc_state = slot->proc_state;
        t->flags = (i == 0 ? CRUMPLE_FLAG_CRASHED : 0) | (c->cut[at] ? CRUMPLE_FLAG_TRUNCATED : 0);
        if (state == SAFE_SLOT_FAULTED && slot->signo && at != 0 && i != 0) {
            t->flags |= CRUMPLE_FLAG_ALSO_FAULTED;
            t->signo = slot->signo;
            t->addr = slot->addr;
        }
        safe_copy(t->name, slot->name, sizeof t->name - 1);
    }
}

/*
 * A title that fills the memory of the arguments and has no NUL at its end: the kernel goes on into the
 * environment (fs/proc/base.c, get_mm_cmdline), up to its first NUL. A title that is meant to reach that far
 * has changed the first bytes there.
 */
static long without_environment(long bytes)
{
    const uint64_t args = crumple_config->args, environment = crumple_config->environ_start;
    uint64_t head = 0;
    if (!args || (uint64_t)bytes <= environment - args)
        return bytes;
    if (safe_read_memory(environment, &head, sizeof head) == 0 && head != crumple_config->environ_head)
        return bytes;
    return (long)(environment - args);
}

/* A file of /proc/PID as a note; what can't be read is a soft error. */
static void add_proc_file(struct safe_notes *n, const struct safe_capture *c, uint32_t type, const char *name)
{
    static char buffer[32768];
    char path[64];
    long got = safe_proc_read(safe_proc_path(path, safe_fault.pid, name), buffer, sizeof buffer);
    if (got < 0) {
        safe_text_add(c->errors, "/proc/PID/");
        safe_text_add(c->errors, name);
        safe_text_add(c->errors, ": ");
        safe_text_add(c->errors, safe_error_name(got));
        safe_text_add(c->errors, "\n");
        return;
    }
    if (type == CRUMPLE_NOTE_CMDLINE) {
        got = without_environment(got);
        /* A program that renamed itself (setproctitle) leaves its arguments' memory behind, empty. */
        while (got > 1 && !buffer[got - 1] && !buffer[got - 2])
            got--;
        safe_kernel_notes_process(n, buffer, got);
    }
    safe_note_add(n, CRUMPLE_NOTE_OWNER, type, buffer, (size_t)got);
}

static void key_number(struct safe_text *t, const char *key, uint64_t value)
{
    safe_text_add(t, key);
    safe_text_add(t, "=");
    safe_text_add_u64(t, value);
    safe_text_add(t, "\n");
}

static void key_string(struct safe_text *t, const char *key, const char *value, size_t bytes)
{
    safe_text_add(t, key);
    safe_text_add(t, "=");
    safe_text_add_line(t, value, bytes);
    safe_text_add(t, "\n");
}

static void key_text(struct safe_text *t, const char *key, const char *value)
{
    if (value && value[0])
        key_string(t, key, value, safe_strlen(value));
}

/* Only if a rule asked for containment: the decision and its facts. */
static void add_recovery(struct safe_text *t)
{
    static const char *const actions[] = {"refused", "contain", "restart"};
    static const char *const causes[] = {"fault", "abort", "exception", "sent", "libc"};
    char peer[48];
    if (!safe_recovery.asked)
        return;
    key_text(t, "action", actions[safe_recovery.action % 3]);
    key_text(t, "decision", safe_recovery.action == SAFE_ACTION_CRASH ? safe_recovery.reason : NULL);
    key_text(t, "cause", causes[safe_recovery.cause % 5]);
    key_text(t, "rule", safe_recovery.rule ? safe_recovery.rule->pattern : NULL);
    key_text(t, "routine_name", safe_recovery.routine);
    safe_peer_text(&safe_recovery.peer, peer, sizeof peer);
    key_text(t, "peer", peer);
    key_text(t, "exception_type", safe_recovery.exception_type);
    key_text(t, "exception_what", safe_recovery.exception_what);
    key_number(t, "frame", safe_recovery.frame);
    key_number(t, "guard", safe_recovery.is_guard);
    key_number(t, "locks_held", safe_recovery.locks_held);
    key_number(t, "lock", safe_recovery.lock);
    key_number(t, "sockets_shut", safe_recovery.action == SAFE_ACTION_CRASH ? 0 : safe_recovery.sockets);
}

/* Only where it was sought: whose request the process dies of. */
static void add_culprit(struct safe_text *t)
{
    const struct safe_culprit *c = &safe_culprit;
    char peer[48];
    if (c->state == SAFE_CULPRIT_NOT_SOUGHT)
        return;
    key_text(t, "culprit", c->state == SAFE_CULPRIT_FOUND ? "found" : "none");
    key_text(t, "culprit_why", c->why);
    if (c->open)
        key_number(t, "culprit_open", c->open);
    if (c->state != SAFE_CULPRIT_FOUND)
        return;
    safe_peer_text(&c->peer, peer, sizeof peer);
    key_text(t, "culprit_peer", peer);
    key_number(t, "culprit_port", c->port);
    key_number(t, "culprit_fd", (uint64_t)c->fd);
    key_number(t, "culprit_bytes", c->bytes);
    key_number(t, "culprit_strike", c->strike);
    key_number(t, "culprit_shared", c->shared);
}

/* The C++ exception that the thread was handling, whatever it died of. */
static void add_exception(struct safe_text *t, const struct safe_capture *c)
{
    static struct safe_exception e;
    const struct safe_slot *slot = &c->stop.slot[c->origin.slot];
    if (safe_recovery.asked && safe_recovery.exception_type[0])
        return; /* the decision rests on it and has noted it */
    if (safe_fault.only_self)
        return; /* the other threads go on, and may unmap what would be read */
    if (!safe_exception_find(slot->fs_base, &e))
        return;
    safe_exception_recall(slot->tid, &e);
    key_text(t, "exception_type", e.type);
    key_text(t, "exception_what", e.what);
}

static void add_unloaded(struct safe_notes *n)
{
    static char buffer[20480];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    safe_unloaded_write(&t);
    if (t.used)
        safe_note_add(n, CRUMPLE_NOTE_OWNER, CRUMPLE_NOTE_UNLOADED, t.data, t.used);
}

static const char *event(void)
{
    if (safe_fault.dump)
        return "dump";
    return safe_fault_is_exit() ? "exit" : safe_fault.only_self ? "contained" : "crash";
}

/* How long the threads are stopped is known when they go on: there is room for it. */
static void add_dump(struct safe_text *t, const struct safe_dump *dump)
{
    key_text(t, "dump_reason", dump->reason);
    key_number(t, "dump_pid", (uint64_t)dump->pid);
    key_number(t, "dump_uid", dump->uid);
    key_number(t, "dump_token", dump->token);
    safe_text_add(t, "dump_ns=");
    dump_ns_at = t->used;
    safe_text_add(t, "000000000000\n");
}

/* By CRUMPLE_STACK: of 'full' nothing is said. */
static const char *const stack_modes[] = {NULL, "scrubbed", "none"};

/* What is known in any case. The lines of the text may come in any order. */
static void add_info(const struct safe_capture *c)
{
    struct safe_text *t = &info;
    key_number(t, "format", CRUMPLE_FORMAT_VERSION);
    key_string(t, "crumple", CRUMPLE_VERSION, sizeof CRUMPLE_VERSION - 1);
    key_text(t, "event", event());
    if (safe_fault.dump)
        add_dump(t, safe_fault.dump);
    if (safe_fault.exit_call) {
        key_text(t, "exit_call", safe_fault.exit_call);
        key_number(t, "exit_status", (uint64_t)safe_fault.exit_status);
    }
    key_number(t, "time_ns", safe_fault.time_ns);
    key_number(t, "mono_ns", safe_fault.mono_ns);
    key_string(t, "exe", crumple_config->exe, safe_strlen(crumple_config->exe));
    key_string(t, "hostname", crumple_config->hostname, safe_strlen(crumple_config->hostname));
    key_number(t, "pid", (uint64_t)safe_fault.pid);
    key_number(t, "ppid", (uint64_t)safe_fault.ppid);
    key_number(t, "uid", (uint64_t)safe_call(SYS_geteuid));
    key_number(t, "gid", (uint64_t)safe_call(SYS_getegid));
    key_number(t, "tid", (uint64_t)c->stop.slot[c->origin.slot].tid);
    key_number(t, "promoted", c->origin.raised_by != 0);
    if (c->origin.raised_by)
        key_number(t, "raised_by", (uint64_t)c->origin.raised_by);
    safe_fault_notes_access(t, &c->origin);
    if (safe_fault.handler_ns)
        key_number(t, "handler_ns", safe_fault.handler_ns);
    if (c->sender.pid && (safe_fault.dump || c->sender.pid == c->origin.info.si_pid))
        key_text(t, "sender_name", c->sender.name);
    key_number(t, "stop_ns", c->stop.stopped_ns);
    key_number(t, "core_ns", safe_clock_ns(CLOCK_MONOTONIC) - safe_fault.mono_ns);
    key_number(t, "stack_bytes", crumple_config->stack_bytes);
    if (!safe_dumpable_refused())
        key_text(t, "stack", stack_modes[crumple_config->stack_mode]);
    key_text(t, "watch", crumple_config->watch);
    key_text(t, "logs", crumple_config->logs);
}

/* --- the stages ----------------------------------------------------------------------------------------- */

struct build {
    struct safe_notes *notes;
    struct safe_capture *capture;
};

static void build_fault(void *build)
{
    struct build *b = build;
    safe_kernel_notes_fault(b->notes, b->capture);
}

static void build_vectors(void *build)
{
    struct build *b = build;
    safe_kernel_notes_vectors(b->notes, b->capture);
}

static void build_signal(void *build)
{
    struct build *b = build;
    safe_kernel_notes_signal(b->notes, b->capture);
    safe_kernel_notes_auxv(b->notes);
}

static void build_registers(void *build)
{
    struct build *b = build;
    const struct safe_capture *c = b->capture;
    for (uint32_t i = 0; i < c->stop.count; i++) {
        const struct safe_slot *slot = &c->stop.slot[i];
        int state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);
        if (i != c->origin.slot && (state == SAFE_SLOT_PARKED || state == SAFE_SLOT_FAULTED))
            safe_kernel_notes_thread(b->notes, slot->tid, c->origin.info.si_signo, false, slot->context,
                                     slot->fs_base);
    }
}

/* What is most likely to fault comes last: the lines before it stay. */
static void build_exception(void *build)
{
    struct build *b = build;
    if (safe_fault.signo) {
        add_recovery(&info);
        add_culprit(&info);
    }
    safe_messages_add(&info);
    safe_last_words_add(&info, (uint64_t)b->capture->origin.context.uc_mcontext.gregs[REG_RSP]);
    if (safe_fault.signo)
        add_exception(&info, b->capture);
}

static void build_threads(void *build)
{
    struct build *b = build;
    add_threads(b->notes, b->capture);
    add_unloaded(b->notes);
}

static void build_files(void *build)
{
    struct build *b = build;
    safe_kernel_notes_files(b->notes, &b->capture->maps);
}

static void build_mapped_file(void *build)
{
    struct build *b = build;
    safe_fault_notes_file(&info, &b->capture->origin, &b->capture->maps);
}

static void build_told(void *build)
{
    struct build *b = build;
    safe_told_notes_add(b->notes, &b->capture->stop);
}

/* The command line comes last: its memory may hang. */
static void build_proc_files(void *build)
{
    struct build *b = build;
    add_proc_file(b->notes, b->capture, CRUMPLE_NOTE_STATUS, "status");
    add_proc_file(b->notes, b->capture, CRUMPLE_NOTE_LIMITS, "limits");
    add_proc_file(b->notes, b->capture, CRUMPLE_NOTE_CGROUP, "cgroup");
    add_proc_file(b->notes, b->capture, CRUMPLE_NOTE_CMDLINE, "cmdline");
}

static void build_held_locks(void *build)
{
    struct build *b = build;
    safe_held_locks_add(b->notes, &b->capture->stop);
}

static void build_vitals(void *build)
{
    struct build *b = build;
    safe_vitals_add(b->notes);
}

static void build_rest(struct safe_notes *notes, struct safe_capture *c)
{
    char *text = safe_note_begin(notes, CRUMPLE_NOTE_OWNER, CRUMPLE_NOTE_INFO, info.used);
    if (text)
        safe_copy(text, info.data, info.used);
    c->dump_ns = text && safe_fault.dump ? text + dump_ns_at : NULL;
    safe_note_add(notes, CRUMPLE_NOTE_OWNER, CRUMPLE_NOTE_MAPS, c->maps.text, c->maps.text_bytes);
    safe_note_add(notes, CRUMPLE_NOTE_OWNER, CRUMPLE_NOTE_ENVIRON, crumple_config->environ_text,
                  crumple_config->environ_bytes);
    safe_vitals_add_lines(notes);
    if (notes->overflow)
        safe_text_add(c->errors, "some notes did not fit into the available memory\n");
    if (c->errors->used)
        safe_note_add(notes, CRUMPLE_NOTE_OWNER, CRUMPLE_NOTE_SOFT_ERRORS, c->errors->data, c->errors->used);
    safe_scratch_keep(&c->scratch, notes->used);
}

int safe_notes_build(struct safe_notes *notes, struct safe_capture *c)
{
    static char buffer[16384];
    static const struct {
        const char *name;
        void (*run)(void *build);
    } stages[] = {
        {"registers", build_fault},           //
        {"vectors", build_vectors},           //
        {"signal", build_signal},             //
        {"other registers", build_registers}, //
        {"exception", build_exception},       //
        {"thread list", build_threads},       //
        {"files", build_files},               //
        {"mapped file", build_mapped_file},   //
        {"tags", build_told},                 //
        {"status", build_proc_files},         //
        {"held locks", build_held_locks},     //
        {"vitals", build_vitals},             //
    };
    struct build build = {notes, c};
    notes->used = 0;
    notes->overflow = false;
    notes->data = safe_scratch_rest(&c->scratch, &notes->size);
    info = safe_text_on(buffer, sizeof buffer);
    add_info(c);
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        c->failed += !safe_guarded_run(stages[i].name, stages[i].run, &build, 4, c->errors);
    build_rest(notes, c);
    return notes->used ? 0 : -ENOMEM;
}
