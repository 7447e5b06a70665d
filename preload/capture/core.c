/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. */
#include "capture/core.h"

#include <errno.h>
#include <unistd.h>

#include "memory/called.h"
#include "memory/globals.h"
#include "memory/hidden.h"
#include "memory/pointed.h"
#include "capture/notes.h"
#include "capture/maps_made.h"
#include "memory/modules.h"
#include "proc/proc.h"
#include "capture/guarded.h"
#include "proc/tasks.h"
#include "base/text.h"
#include "stopped/stacks.h"
#include "capture/thread_locals.h"
#include "capture/vitals.h"

#define MAPS_MAX 65536u /* the most that the kernel allows by default */

static struct safe_text soft_errors;

static void soft_error(struct safe_capture *c, const char *what, long result)
{
    safe_text_add(c->errors, what);
    if (result < 0) {
        safe_text_add(c->errors, ": ");
        safe_text_add(c->errors, safe_error_name(result));
    }
    safe_text_add(c->errors, "\n");
}

/*
 * What the first argument of a thread's system call points to: the lock that a futex is part of (its owner lies behind the
 * word, a rwlock's up to 16 bytes behind, and its head 12 bytes before), the descriptors of a poll, the time of a sleep. The
 * kernel rewound the call, or it is to fail with EINTR.
 */
static void add_waited_for(struct safe_capture *c, const ucontext_t *uc)
{
    const greg_t *gregs = uc->uc_mcontext.gregs;
    const uint64_t at = (uint64_t)gregs[REG_RDI], line = at & ~UINT64_C(63);
    if (!c->only_stacks && at > 4096 &&
        (gregs[REG_RAX] == SYS_futex || gregs[REG_RAX] == SYS_poll || gregs[REG_RAX] == -EINTR))
        safe_segments_add_mapped(&c->segments, &c->maps, at, line - 16, line + 112);
}

/* --- the stages ----------------------------------------------------------------------------------------- */

static void find_sender(void *capture)
{
    struct safe_capture *c = capture;
    siginfo_t info = safe_fault.info;
    if (safe_fault.dump) {
        info.si_code = SI_QUEUE;
        info.si_pid = safe_fault.dump->pid;
    }
    safe_sender_find(&info, &c->sender);
}

static void stop_threads(void *capture)
{
    struct safe_capture *c = capture;
    c->error = safe_stop_all(&c->stop, &c->scratch);
    safe_fault.ppid =
        safe_proc_is_foreign()
            ? 0
            : safe_task_parent(safe_fault.pid); /* here: a filter may kill who asks in the host */
    if (c->stop.proc_error < 0)
        soft_error(c, "threads not made by pthread_create could not be listed: /proc/PID/task",
                   c->stop.proc_error);
}

static void read_maps(void *capture)
{
    struct safe_capture *c = capture;
    int error = safe_maps_read(&c->maps, safe_fault.pid, &c->scratch);
    if (error < 0) {
        soft_error(c, "modules and stacks were found without /proc/PID/maps", error);
        error = safe_maps_make(&c->maps, &c->stop, &c->scratch);
    }
    if (error < 0)
        soft_error(c, "modules and stacks", error);
}

static void find_room(void *capture)
{
    struct safe_capture *c = capture;
    c->cut = safe_scratch_take(&c->scratch, c->stop.count);
    /* Of a module up to ten pieces are added, before neighbours are merged; it has four or five mappings. */
    uint32_t modules = c->maps.count < MAPS_MAX ? (uint32_t)c->maps.count : MAPS_MAX;
    c->error = safe_segments_open(&c->segments, 4 * c->stop.count + 4096 + 2 * modules, &c->scratch);
    if (!c->cut)
        c->error = -ENOMEM;
}

/* Until it is known what is to be hidden, nothing is captured that only pointers lead to. */
static void find_hidden(void *capture)
{
    struct safe_capture *c = capture;
    c->only_stacks = true;
    int error = safe_hidden_find(&c->segments, &c->maps);
    c->only_stacks = error < 0 || c->segments.hidden_overflow;
    if (c->only_stacks)
        soft_error(c, "only stacks were captured: MADV_DONTDUMP memory could not be identified", error);
}

static void find_origin(void *capture)
{
    struct safe_capture *c = capture;
    safe_origin_find(&c->stop, &c->maps, &c->origin);
    safe_sender_find(&c->origin.info, &c->sender);
}

static struct safe_pointed pointed;

static void add_own_stack(void *capture)
{
    struct safe_capture *c = capture;
    const struct safe_slot *slot = &c->stop.slot[c->origin.slot];
    c->cut[c->origin.slot] |= safe_stacks_add(&c->segments, &c->maps, &c->origin.context, slot);
    c->own_stack = c->segments.count;
    pointed.count = 0;
    if (!c->only_stacks)
        safe_pointed_add(&pointed, &c->segments, &c->maps, &c->origin.context);
}

static void add_stacks(void *capture)
{
    struct safe_capture *c = capture;
    for (uint32_t i = 0; i < c->stop.count; i++) {
        const struct safe_slot *slot = &c->stop.slot[i];
        int state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);
        if (i == c->origin.slot || (state != SAFE_SLOT_PARKED && state != SAFE_SLOT_FAULTED))
            continue;
        c->cut[i] |= safe_stacks_add(&c->segments, &c->maps, slot->context, slot);
        add_waited_for(c, slot->context);
    }
}

/* Those that a stack leads to. */
static void add_near_modules(void *capture)
{
    struct safe_capture *c = capture;
    const uint32_t stacks = safe_called_matters(&c->maps) ? c->segments.count : c->own_stack;
    const uint64_t pc = (uint64_t)c->origin.context.uc_mcontext.gregs[REG_RIP];
    for (uint32_t i = 0; i < stacks; i++)
        safe_called_mark(&c->maps, i ? 0 : pc, &c->segments.segment[i],
                         i < c->own_stack ? SAFE_CALLED_BY_FAULTING : SAFE_CALLED_BY_OTHERS);
    c->tls_bytes = safe_modules_mark(&c->maps);
    safe_modules_add(&c->segments, &c->maps, SAFE_CALLED_BY_FAULTING);
    safe_modules_add(&c->segments, &c->maps, SAFE_CALLED_BY_OTHERS);
    safe_modules_add_link_maps(&c->segments);
}

static void add_far_modules(void *capture)
{
    struct safe_capture *c = capture;
    safe_modules_add(&c->segments, &c->maps, SAFE_CALLED_BY_NOBODY);
}

static void add_thread_locals(void *capture)
{
    struct safe_capture *c = capture;
    if (c->only_stacks)
        return;
    safe_thread_locals_add(&c->segments, &c->maps, &c->stop, c->origin.slot, c->tls_bytes);
}

static void add_globals(void *capture)
{
    struct safe_capture *c = capture;
    if (c->only_stacks)
        return;
    safe_globals_add(&c->segments, &c->maps);
}

static void add_pointed(void *capture)
{
    struct safe_capture *c = capture;
    if (!c->only_stacks)
        safe_pointed_add_second(&pointed, &c->segments, &c->maps);
}

static void sort_segments(void *capture)
{
    struct safe_capture *c = capture;
    /* Two are the notes and reserve. */
    safe_segments_finish(&c->segments, CRUMPLE_MAX_SEGMENTS - 2);
    if (c->segments.overflow)
        soft_error(c, "some memory was left out, that of modules on no stack first: too many pieces", 0);
}

/* Also the order of importance: the core has room for a limited number of pieces, and what was added last is left
 * out. */
static const struct {
    const char *name;
    void (*run)(void *capture);
} stages[] = {
    {"sender", find_sender},              //
    {"threads", stop_threads},            //
    {"maps", read_maps},                  //
    {"room", find_room},                  //
    {"hidden", find_hidden},              //
    {"origin", find_origin},              //
    {"stack", add_own_stack},             //
    {"stacks", add_stacks},               //
    {"modules", add_near_modules},        //
    {"thread locals", add_thread_locals}, //
    {"globals", add_globals},             //
    {"pointed", add_pointed},             //
    {"other modules", add_far_modules},   //
    {"segments", sort_segments},          //
};

/* A stage that stopped half-way leaves no list in order: the notes alone are worth more than nothing. */
static void without_segments(struct safe_capture *c)
{
    c->segments.count = c->segments.zero_count = 0;
    soft_error(c, "no memory was captured", 0);
}

int safe_core_collect(struct safe_capture *c)
{
    static char error_buffer[4096];
    soft_errors = safe_text_on(error_buffer, sizeof error_buffer);
    c->errors = &soft_errors;
    c->error = 0;
    c->failed = 0;
    if (safe_fault.first_trouble[0])
        soft_error(c, safe_fault.first_trouble, 0);
    safe_scratch_open(&c->scratch);
    safe_origin_default(&c->origin);
    c->sender.pid = 0;
    safe_proc_find(safe_fault.pid);
    for (size_t i = 0; i < sizeof stages / sizeof *stages && c->error >= 0; i++) {
        if (safe_guarded_run(stages[i].name, stages[i].run, c, 4, c->errors))
            continue;
        c->failed++;
        if (stages[i].run == stop_threads)
            safe_stop_conclude(&c->stop);
        if (stages[i].run == sort_segments)
            without_segments(c);
        if ((stages[i].run == stop_threads && !c->stop.count) || stages[i].run == find_room)
            c->error = -EFAULT;
    }
    int error = c->error < 0 ? c->error : safe_notes_build(&c->notes, c);
    safe_vitals_end();
    return error;
}
