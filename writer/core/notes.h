/* SPDX-License-Identifier: MIT */
/*
 * The process, the signal and the threads according to the notes of the core. The CRUMPLE notes win over the
 * kernel's; without them (a core of the kernel or of gcore) the kernel's notes provide what they have.
 */
#ifndef CRUMPLE_WRITER_CORE_NOTES_H
#define CRUMPLE_WRITER_CORE_NOTES_H

#include <signal.h>
#include <stdbool.h>
#include <sys/user.h>

#include "core/core_file.h"
#include "crumple_format.h"

struct notes_thread {
    int32_t tid;
    bool is_captured; /* registers are valid */
    bool is_crashed;
    bool has_also_faulted;
    bool is_truncated;
    uint8_t reason; /* enum crumple_thread_reason */
    uint8_t also_signal;
    uint64_t also_address;
    char proc_state;
    char name[17];
    uint64_t routine;
    struct user_regs_struct registers;
};

/* With CRUMPLE_RECOVER: the facts and the decision of the process. Missing texts are NULL. */
struct notes_recovery {
    const char *action, *decision, *rule, *routine_name, *cause, *peer;
    const char *exception_type, *exception_what;
    uint64_t guard; /* 1: it is left to a crumple_guard() of the thread, which goes on */
    uint64_t frame; /* address of the recovery frame; 0: none */
    uint64_t locks_held, lock, sockets_shut; /* lock: an address, or 0 */
};

/* Where crumple-run keeps the strikes of peers: whose request the process died of. */
struct notes_culprit {
    const char *state, *why,
        *peer;                /* found, none, or NULL: it was not sought; of none; without port. Or NULL */
    uint64_t open;            /* of none: so many requests were open; 0: fewer */
    uint64_t port, fd, bytes; /* of found */
    uint64_t strike, shared;  /* 1: yes */
};

/* SIGBUS: the file whose page was missing, at the time of the capture. */
struct notes_file {
    bool is_known;
    uint64_t bytes, offset; /* its size; of the address */
    uint64_t system;        /* type of its file system, as in statfs(2); 0: not known, and so is 'free' */
    uint64_t free;          /* bytes that the file system has left */
};

/* Of an event 'died': what crumple-run knows of it from outside. A number that is not known is 0. */
struct notes_end {
    const char *how;               /* killed, oom, signal, status, go, exec, together; never NULL: "" */
    uint64_t status, signal, core; /* of exit; that ended the process; whether the kernel wrote a core */
    uint64_t error, exe_found;     /* of exec */
    uint64_t sent_signal, sent_ms; /* what crumple-run had sent on, and how long before the end */
    uint64_t uptime_ms;
    uint64_t oom_kills, memory_used, memory_peak, memory_limit;
    uint64_t go_dump_lost; /* bytes of what Go's runtime printed, beyond the limit */
    uint64_t go_dump_cut;  /* 1: the process was ended while the runtime printed */
    const char *reach;     /* why libcrumple.so is not in the program; or NULL */
};

/* Of an event 'logged'. */
struct notes_logged {
    uint64_t stream; /* 1, 2 */
    uint64_t missed; /* such errors since the last event that were only counted */
};

/* Of a dump: who asked (pid 0: from another PID namespace), and how long the threads were stopped. */
struct notes_dump {
    const char *reason; /* or NULL */
    int64_t pid, uid, token;
    uint64_t ns;
};

struct notes {
    bool has_info; /* a CRUMPLE core, not a kernel's */
    uint64_t time_ns, mono_ns;
    uint64_t stop_ns, core_ns; /* 0: not known */
    int64_t pid, ppid, uid, gid, tid;
    bool is_promoted;
    char *text;                                         /* owned; the strings below point into it */
    const char *event, *exe, *hostname, *abort_message; /* never NULL but abort_message */
    const char *last_words;                             /* last line of the thread on stderr; or NULL */
    const char *glib_message;                           /* of a failed assertion of GLib's; or NULL */
    const char *exit_call;                              /* never NULL; of an exit */
    uint64_t exit_status;
    struct notes_end end;
    struct notes_logged logged;
    struct notes_dump dump;
    const char *access; /* read, write, execute, or NULL */
    struct notes_file file;
    const char *logs;        /* CRUMPLE_LOGS, or NULL */
    uint64_t handler_ns;     /* the limit that the program's own handler has passed; 0: none */
    const char *sender_name; /* of the process that sent the signal, or NULL */
    const char *watch;       /* CRUMPLE_WATCH, or NULL */
    const char *stack;       /* CRUMPLE_STACK: scrubbed, none; NULL: full */
    struct notes_recovery recovery;
    struct notes_culprit culprit;
    bool has_signal;
    siginfo_t signal;
    struct notes_thread *threads; /* owned; the faulting thread first; never NULL */
    size_t thread_count;          /* 0 only of what is from outside: the first is empty then */
    /* Contents of other notes, inside the core; size 0 where absent, never NULL. */
    struct core_span auxv, files, maps, status, limits, cgroup, environ, cmdline, soft_errors, unloaded, tags,
        breadcrumbs, stdout_text, stderr_text, logged_text, last_logged, go_dump, go_build, c_registers,
        held_locks, vitals, descriptors;
};

/**
 * Reads the notes of core, which must stay open as long as ret_notes is used.
 * Returns 0, -ENOMEM, or -EBADMSG if there is no usable thread (unless it is from outside) or a higher format (why is in ret_damage).
 */
int notes_read(const struct core_file *core, struct notes *ret_notes, struct core_damage *ret_damage);

void notes_release(struct notes *notes);

/** Whether crumple-run has seen the end from outside: then it has ended. */
bool notes_is_died(const struct notes *notes);

/** Whether the event is an error that the server has only logged: the process lives. */
bool notes_is_logged(const struct notes *notes);

/** Whether crumple-run has made the core, of either: then there is no memory, and usually no thread. */
bool notes_is_from_outside(const struct notes *notes);

/** Whether the event is a dump: the process goes on. */
bool notes_is_dump(const struct notes *notes);

/** Returns the value of entry key of the auxiliary vector, or 0. */
uint64_t notes_auxv(const struct notes *notes, uint64_t key);

#endif
