/* SPDX-License-Identifier: MIT */
/*
 * A server under ptrace: its tasks, why each of them stopped, and breakpoints. Tasks are followed from their
 * first instruction on. Children that share the server's memory (vfork, helpers made by clone) are followed
 * too, because they meet the same breakpoints; forked ones are freed of them and let go.
 */
#ifndef CRUMPLE_DRILL_TRACE_TRACE_H
#define CRUMPLE_DRILL_TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define DRILL_BREAKPOINTS_MAX 128
#define DRILL_NO_ROUTINE      UINT32_MAX

enum drill_stop {
    DRILL_STOP_NEW,     /* a new thread, before its first instruction */
    DRILL_STOP_HIT,     /* at a breakpoint; the program counter is already back at it */
    DRILL_STOP_STEP,    /* after one instruction */
    DRILL_STOP_SYSCALL, /* before or after a system call */
    DRILL_STOP_ASKED    /* drill_trace_interrupt */
};

struct drill_task {
    pid_t tid;
    bool thread;  /* of the server: else a child of it */
    bool known;   /* whether it is a copy */
    bool is_copy; /* forked: has memory of its own */
    bool stopped, greeted, asked;
    int signal;  /* to be delivered when it goes on */
    int request; /* how it went on last: PTRACE_CONT, _SINGLESTEP, _SYSCALL */
    int over;    /* index of the breakpoint it steps over, or -1 */
    int64_t over_us;
    /* the owner's */
    uint32_t routine; /* DRILL_NO_ROUTINE: not known */
    uint32_t budget;
};

struct drill_breakpoint {
    uint64_t address;
    uint8_t original;
    bool planted;
};

struct drill_trace;

/** Called with a task that stopped: it stays so until drill_trace_resume. address: of a breakpoint. */
typedef void drill_handler(struct drill_trace *trace, struct drill_task *task, enum drill_stop stop,
                           uint64_t address);

struct drill_trace {
    pid_t pid;     /* the server's */
    bool attached; /* false: it runs free */
    bool halting;  /* whatever stops stays stopped, and the handler is not called */
    bool ended;
    int status; /* of wait, once it ended */
    struct drill_task **tasks;
    size_t count;
    struct drill_breakpoint breakpoints[DRILL_BREAKPOINTS_MAX];
    size_t breakpoint_count;
    drill_handler *handler;
    void *context; /* the handler's */
};

/** Start words with environment under trace, its output appended to log. Returns 0 or a negative errno (also
 * of exec: -ENOENT, -EACCES). */
int drill_trace_start(struct drill_trace *trace, char *const *words, char *const *environment,
                      const char *log);
void drill_trace_clear(struct drill_trace *trace);

/** Trace a server that runs free: all its threads, without breakpoints. Returns 0 or a negative errno. */
int drill_trace_attach(struct drill_trace *trace);

/** Hand in what drill_children_wait found. Returns whether it was a task of this trace. */
bool drill_trace_take(struct drill_trace *trace, pid_t pid, int status);
/** To be called every few milliseconds: breakpoints whose step did not come back are planted again. */
void drill_trace_tick(struct drill_trace *trace);

/** Let a stopped task go on: PTRACE_CONT, PTRACE_SINGLESTEP or PTRACE_SYSCALL. */
void drill_trace_resume(struct drill_task *task, int request);
/** Ask a running task to stop. */
void drill_trace_interrupt(struct drill_task *task);
/** Let a task that stopped at a breakpoint execute what is there, and go on. */
void drill_trace_step_over(struct drill_trace *trace, struct drill_task *task, uint64_t address);

/** Plant a breakpoint by way of any stopped task. Returns 0 or a negative errno. */
int drill_trace_plant(struct drill_trace *trace, struct drill_task *task, uint64_t address);
/** Take all breakpoints out of the memory. Every task must be stopped. */
void drill_trace_unplant_all(struct drill_trace *trace, struct drill_task *task);

/** Copy up to 16 bytes out of, or into, the memory of a stopped task. Returns 0 or a negative errno. */
int drill_trace_peek(pid_t tid, uint64_t address, void *bytes, size_t count);
int drill_trace_poke(pid_t tid, uint64_t address, const void *bytes, size_t count);

/** Let every task but one go without trace, with the signal it was about to get; NULL: all of them. All must
 * be stopped. */
void drill_trace_detach_others(struct drill_trace *trace, const struct drill_task *but);
/** Let the last one go, with a signal or 0. The server runs free then. */
void drill_trace_detach_last(struct drill_trace *trace, struct drill_task *task, int signal);

/** The stopped or running task of that id, or NULL. */
struct drill_task *drill_trace_task(struct drill_trace *trace, pid_t tid);

#endif
