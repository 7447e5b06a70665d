/* SPDX-License-Identifier: MIT */
/*
 * The output of the crashing process and the content of a bundle: every name, number and limit that the
 * preloaded core (preload/), the writer and the CLI share. docs/bundle-format.md explains it for people; this
 * file wins.
 *
 *   preload/  writes  NAME.core     an ELF core: the kernel's note types and those below
 *   run/      writes  NAME.core     of an end that it sees from outside: the notes below alone
 *   writer/   reads   NAME.core     writes NAME.tar.zst, appends a line to crashes.ndjson, removes NAME.core
 *   cli/      reads   NAME.tar.zst  and finds NAME.core files that no writer has finished
 *
 * NAME is YYYYMMDDThhmmss.uuuuuuZ-EXE-PID (UTC, EXE is at most CRUMPLE_NAME_EXE bytes of [A-Za-z0-9._+-]).
 */
#ifndef CRUMPLE_FORMAT_H
#define CRUMPLE_FORMAT_H

#include <stdint.h>

#define CRUMPLE_VERSION        "0.1.0"
#define CRUMPLE_FORMAT_VERSION 1 /* of the bundle and of the notes; readers refuse a higher one */

#define CRUMPLE_CORE_SUFFIX   ".core"
#define CRUMPLE_BUNDLE_SUFFIX ".tar.zst"
#define CRUMPLE_TEMP_SUFFIX   ".tmp" /* never a bundle or a pending core */
#define CRUMPLE_INDEX_NAME    "crashes.ndjson"
#define CRUMPLE_LINES_SUFFIX  ".ndjson"
#define CRUMPLE_INDEX_OLDER   "crashes.ndjson.1"
/* Name of an ELF note of crumple-writer: it knows --die-of. */
#define CRUMPLE_WRITER_NOTE "crumple-writer --die-of"
#define CRUMPLE_NAME_EXE    32

/* Members of a bundle, in this order. report.json is alone in its own zstd frame. */
#define CRUMPLE_MEMBER_REPORT     "report.json"
#define CRUMPLE_MEMBER_TEXT       "report.txt"
#define CRUMPLE_MEMBER_SECRETS    "secrets.json"
#define CRUMPLE_MEMBER_CORE       "core"
#define CRUMPLE_MEMBER_MAPS       "maps"
#define CRUMPLE_MEMBER_STATUS     "status"
#define CRUMPLE_MEMBER_LIMITS     "limits"
#define CRUMPLE_MEMBER_CGROUP     "cgroup"
#define CRUMPLE_MEMBER_ENVIRON    "environ"
#define CRUMPLE_MEMBER_GOROUTINES "goroutines.txt"

/* Stands in reports for a value that was marked as secret. */
#define CRUMPLE_SECRET "[secret]"

/* Begins the line of CRUMPLE_NOTE_TAGS that has the value of CRUMPLE_TAGS. */
#define CRUMPLE_TAGS_GIVEN "given"

/* Owner of crumple's own notes in the core; the kernel's are "CORE" and "LINUX". */
#define CRUMPLE_NOTE_OWNER "CRUMPLE"

/* Far from the kernel's numbers: BFD identifies a note of an unknown owner by its number alone. */
#define CRUMPLE_NOTE_BASE 0x43520000

enum crumple_note {
    /* Text, one 'key=value' a line; a control character in a value stands as a blank. Keys:
     *   format, crumple, event (crash, contained, exit, died, dump, logged), time_ns (CLOCK_REALTIME of the fault), mono_ns
     * (CLOCK_MONOTONIC of the fault), exe, hostname, pid, ppid, uid, gid, tid (the faulting thread), promoted
     * (1: the siginfo is that of an outer signal frame, because the application's handler raised the signal
     * again), raised_by (tid that re-raised), sender_name (comm of the process that sent the signal), abort_msg (glibc's __abort_msg, or the text of musl's assert), stop_ns (fault to all threads
     * stopped), core_ns (fault to the start of the writing of the core), stack_bytes (cap of the stack bytes
     * a thread). Unknown keys are ignored. Of an exit, which has no signal: exit_call (exit, _exit, _Exit,
     * quick_exit), exit_status. Of a dump (event dump), which has no signal either: dump_reason, dump_pid (who asked; 0: it
     * is in another PID namespace), dump_uid, dump_token, dump_ns (how long the threads were stopped). Of any event: exception_type (mangled), exception_what: the exception the
     * faulting thread was handling; handler_ns: the limit that the program's own handler of this signal has passed
     * (CRUMPLE_HANDLER); access (read, write, execute): what the processor was about to do at the
     * address of a page fault (SIGSEGV, SIGBUS). Of SIGBUS at a page of a file: file_offset (of the address),
     * file_bytes (its size), file_free (bytes that its file system has left), file_system (its type, statfs(2)). */
    /* Keys of an event 'died', of which crumple-run knows from outside; the core has no threads and no memory. end (killed,
     * oom, signal, status, exec, together), end_status (of exit), end_signal (that ended the process), end_core (1: the kernel
     * has written a core), end_errno (of exec), exe_found (1: exec failed, and the file is there), sent_signal (SIGTERM, SIGINT or
     * SIGQUIT that crumple-run had sent on), sent_ms (how long before the end), uptime_ms, oom_kills (processes of the memory
     * cgroup that were killed for want of memory meanwhile), memory_used, memory_peak, memory_limit (bytes; none: not known),
     * reach (why libcrumple.so is not in the program). time_ns is the end; if 'end' is 'together', the last time that the process was seen. */
    /* Keys of INFO where crumple-run restarts the server and keeps the strikes of peers: culprit (found, none), culprit_why (of
     * none: the reason, in words), culprit_open (of none: so many requests were open), culprit_peer (address without port; none
     * for AF_UNIX), culprit_port, culprit_fd, culprit_bytes (that the last read of the request brought), culprit_strike (1: the
     * peer's breaker counts it), culprit_shared (1: another connection from the address lives, or did within
     * the last hour, or it is the server's own; so it does not). */
    CRUMPLE_NOTE_INFO = CRUMPLE_NOTE_BASE + 1,
    /* Keys of INFO where CRUMPLE_RECOVER is set: action (contain, restart: a request for a verdict, event is
     * then 'contained'; refused: event is 'crash', a rule asked for containment and 'decision' says why not),
     * decision (the reason, in words), rule (the entry of CRUMPLE_RECOVER that matched), routine_name, cause
     * (fault, abort, exception, sent, libc), peer (address of the thread's connection), exception_type
     * (mangled), exception_what, guard (1: it is that of a crumple_guard()), frame (address of the recovery frame: frames at or above it belong to
     * crumple, libc's thread start), locks_held (number), lock (address of the one
     * taken last, 0: none), sockets_shut (number). */
    /* Array of struct crumple_note_thread, the faulting thread first, one for every task. */
    CRUMPLE_NOTE_THREADS = CRUMPLE_NOTE_BASE + 2,
    CRUMPLE_NOTE_MAPS = CRUMPLE_NOTE_BASE + 3,    /* /proc/PID/maps as text */
    CRUMPLE_NOTE_STATUS = CRUMPLE_NOTE_BASE + 4,  /* /proc/PID/status */
    CRUMPLE_NOTE_LIMITS = CRUMPLE_NOTE_BASE + 5,  /* /proc/PID/limits */
    CRUMPLE_NOTE_CGROUP = CRUMPLE_NOTE_BASE + 6,  /* /proc/PID/cgroup */
    CRUMPLE_NOTE_ENVIRON = CRUMPLE_NOTE_BASE + 7, /* NAME=VALUE, each ended by NUL; values already redacted */
    CRUMPLE_NOTE_CMDLINE = CRUMPLE_NOTE_BASE + 8, /* /proc/PID/cmdline: arguments, each ended by NUL */
    CRUMPLE_NOTE_SOFT_ERRORS =
        CRUMPLE_NOTE_BASE + 9, /* text, a line each: what could not be captured, and why */
    /* Text, a line 'START-END PATH' (hex) for each module that was unloaded by dlclose, the latest first. */
    CRUMPLE_NOTE_UNLOADED = CRUMPLE_NOTE_BASE + 10,
    /* Of an event 'died': the first and the last bytes that the process wrote; where some are missing between them, a line in
     * brackets says so. Any bytes. STDOUT has both if they are one thing. */
    CRUMPLE_NOTE_STDOUT = CRUMPLE_NOTE_BASE + 11,
    CRUMPLE_NOTE_STDERR = CRUMPLE_NOTE_BASE + 12,
    /* What Go's runtime printed when it ended the process, from the line that begins it ("panic: ", "fatal error: ", "SIGSEGV: ")
     * to the end; lines of others that came between are in it. Keys of INFO: go_dump_lost, the bytes beyond
     * CRUMPLE_MAX_GO_DUMP; go_dump_cut (1: crumple-run has ended the process, because the runtime took too long to print). */
    CRUMPLE_NOTE_GO_DUMP = CRUMPLE_NOTE_BASE + 13,
    /* Text: 'go\tgo1.19.8', then the lines of the module information that Go's linker put into the program (path, mod, dep, =>,
     * build). */
    CRUMPLE_NOTE_GO_BUILD = CRUMPLE_NOTE_BASE + 14,
    /* Of an event 'logged': the line, and the stack that follows it. Keys of INFO: logged_stream (1, 2), logged_missed (such lines
     * since the last event that were only counted). */
    CRUMPLE_NOTE_LOGGED = CRUMPLE_NOTE_BASE + 15,
    /* Of an event 'died' of a Go program: the last log lines before the dump that have fields, a line each. */
    CRUMPLE_NOTE_LAST_LOGGED = CRUMPLE_NOTE_BASE + 16,
    /* struct user_regs_struct (sys/user.h) of the C code at fault, as crumple-run has read them while Go's runtime printed. In a core of
     * the process itself, where a thread has registers of its own; in a core of notes they are those of its one thread. */
    CRUMPLE_NOTE_C_REGISTERS = CRUMPLE_NOTE_BASE + 17,
    /* Keys of INFO from the settings: watch (CRUMPLE_WATCH), logs (CRUMPLE_LOGS, whose files the writer reads), stack (scrubbed, none; absent: full). */
    /* Text, one 'key=value' a line, of the moment of the fault; a key that is not known is absent. stat, loadavg, boot_id, cwd: as
     * the files of /proc have them. kernel: its release. boot_ns: CLOCK_BOOTTIME of the
     * fault. fd_count (open descriptors), fd_whole (0: the time did not suffice to
     * count all), fd_timid (1: sockets were not asked, of what kind they are), fd_us (how long it took), fd.KIND (how many of them),
     * tcp.STATE, backlog_full; then lines peer=WHOSE FD LOCAL PEER STATE RECEIVED_MS RTT_US RETRANSMITS UNACKED IN OUT, where WHOSE is
     * 'thread' (the faulting thread has used it) or 'recent' (it received last of all) and a number that is not known is '-'. */
    CRUMPLE_NOTE_VITALS = CRUMPLE_NOTE_BASE + 18,
    /* Text, a line 'FD KIND TEXT' for each open descriptor, CRUMPLE_MAX_DESCRIPTORS at most: '7 tcp 10.0.0.1:8080 established
     * 10.0.0.2:4711'. KIND: tcp, udp, unix, netlink, packet, raw, socket, file, directory, device, pipe, epoll, eventfd, timerfd,
     * signalfd, inotify, memfd, pidfd, io_uring, other. */
    CRUMPLE_NOTE_DESCRIPTORS = CRUMPLE_NOTE_BASE + 19,
    /* Text, a line for each: 'TID [!]NAME=VALUE', a tag of a thread, or with TID 0 of the process (crumple.h); 'given LIST': the
     * value of CRUMPLE_TAGS. A '!' marks a secret. In a bundle's core the note is blank: it has the secrets. */
    CRUMPLE_NOTE_TAGS = CRUMPLE_NOTE_BASE + 21,
    /* Text, a line 'TIME TID TEXT' for each event that the program has told, the oldest first; TIME in ns of CLOCK_REALTIME. */
    CRUMPLE_NOTE_BREADCRUMBS = CRUMPLE_NOTE_BASE + 22,
    /* Where CRUMPLE_RECOVER is set: text, a line 'TID KIND ADDRESS' (hex) for each lock that a thread holds, in the order of
     * taking as far as it is known. KIND: mutex, write, read (of a rwlock), spin, semaphore, guard (a function's static variable
     * that the thread initialises), file (ADDRESS is the descriptor), more (so many are not listed). */
    CRUMPLE_NOTE_HELD_LOCKS = CRUMPLE_NOTE_BASE + 23
};

enum crumple_thread_state {
    CRUMPLE_THREAD_CAPTURED = 0, /* an NT_PRSTATUS with this pid is in the core */
    CRUMPLE_THREAD_MISSING = 1   /* listed only: see 'reason' */
};

/* Why a thread has no registers in the core. */
enum crumple_thread_reason {
    CRUMPLE_REASON_NONE = 0,
    CRUMPLE_REASON_TIMEOUT = 1, /* it did not answer in time; 'proc_state' says what it was doing */
    CRUMPLE_REASON_BLOCKED = 2, /* it blocks every signal by raw system calls */
    CRUMPLE_REASON_KERNEL = 3,  /* a kernel worker of this process (io_uring) */
    CRUMPLE_REASON_EXITED = 4,  /* it ended while the threads were being stopped, or is a zombie leader */
    CRUMPLE_REASON_QUEUE = 5,   /* the signal could not be queued (RLIMIT_SIGPENDING) */
    CRUMPLE_REASON_UNINTERRUPTIBLE = 6 /* D state */
};

#define CRUMPLE_FLAG_CRASHED      1u /* the faulting thread */
#define CRUMPLE_FLAG_ALSO_FAULTED 2u /* faulted by itself while the first fault was being handled */
#define CRUMPLE_FLAG_TRUNCATED    4u /* its live stack was larger than the cap */

struct crumple_note_thread {
    int32_t tid;
    uint8_t state;   /* enum crumple_thread_state */
    uint8_t reason;  /* enum crumple_thread_reason */
    char proc_state; /* letter of /proc/PID/task/TID/stat, or 0 */
    uint8_t signo;   /* ALSO_FAULTED: its signal */
    uint32_t flags;  /* CRUMPLE_FLAG_* */
    uint32_t reserved;
    char name[16];    /* comm, ended by NUL */
    uint64_t routine; /* start routine given to pthread_create, or 0 if unknown */
    uint64_t addr;    /* ALSO_FAULTED: its fault address */
};
_Static_assert(sizeof(struct crumple_note_thread) == 48, "layout leaves the process");

/*
 * 'crumple dump' asks for a dump by this signal, queued to one thread with si_value = MAGIC << 32 | TOKEN. It is the
 * signal by which libc reaches all threads in setuid(), which no program can block, wait for or handle; libc's own handler
 * ignores what is queued. The helper
 * then is a child of that thread, without a signal at its end; as soon as its name is HELPER, its working directory is
 * the crash directory. With the bit REASONED in TOKEN, crumple-writer waits there for the file PREFIX TOKEN (8 hexadecimal
 * digits), which has the reason. TOKEN 0 asks for nothing: the process
 * collects the ended helper of the last dump.
 */
#define CRUMPLE_DUMP_SIGNAL      33 /* glibc's SIGSETXID */
#define CRUMPLE_DUMP_SIGNAL_MUSL 34 /* SIGSYNCCALL */
#define CRUMPLE_DUMP_MAGIC       UINT64_C(0x43524d50)
#define CRUMPLE_DUMP_PREFIX      ".dump-"
#define CRUMPLE_DUMP_HELPER      "crumple-dump"
#define CRUMPLE_DUMP_REASONED    UINT32_C(0x80000000)
#define CRUMPLE_DUMP_REASON      256 /* bytes of a reason that are read */

/* Why a bundle has no core: begins a line of soft_errors. */
#define CRUMPLE_NOT_DUMPABLE "the program asked not to be dumped (PR_SET_DUMPABLE 0)"

/* ... or a scrubbed one; these begin such a line, too. */
#define CRUMPLE_STACK_NONE_WORDS     "CRUMPLE_STACK=none"
#define CRUMPLE_STACK_SCRUBBED_WORDS "CRUMPLE_STACK=scrubbed"

/* Why the core of any of these is lost if its bundle cannot be made. */
#define CRUMPLE_IN_MEMORY "it was in memory only (PR_SET_DUMPABLE 0, or CRUMPLE_STACK)"

/* Why a bundle of an event 'died' has no core. */
#define CRUMPLE_SEEN_FROM_OUTSIDE "crumple-run saw this end from outside"
/* ... and of an event 'logged'. */
#define CRUMPLE_ONLY_LOGGED "the server has only logged this, and lives"

/* Of CRUMPLE_NOTE_STDOUT, _STDERR and _CMDLINE each: what is beyond is left out. */
#define CRUMPLE_MAX_OUTPUT  (132 << 10)
#define CRUMPLE_MAX_CMDLINE (32 << 10)
#define CRUMPLE_MAX_GO_DUMP (32 << 20)

/* Lines of CRUMPLE_NOTE_DESCRIPTORS. */
#define CRUMPLE_MAX_DESCRIPTORS 1024

/* Limits of a reader: a core or bundle beyond them is refused as damaged. */
#define CRUMPLE_MAX_THREADS  65536
#define CRUMPLE_MAX_SEGMENTS 16000 /* gdb is quadratic in them */
#define CRUMPLE_MAX_FRAMES   256   /* a thread; the innermost ones are kept */
#define CRUMPLE_MAX_CORE     (UINT64_C(1) << 30)
#define CRUMPLE_MAX_REPORT   (UINT64_C(256) << 20)

/*
 * The verdict of the writer on the stack of a thread that is to be ended, one line on the status descriptor,
 * as soon as it is known, before 'ok NAME.tar.zst' or 'fail CODE':
 *
 *   verdict allow HOW SIGNATURE    HOW: 'unwind' (every frame can be unwound, nothing would terminate), 'jump'
 *                                  (straight to the recovery frame), or 'unwind-only' (as 'unwind', and never a
 *                                  jump: a frame holds a thing that only unwinding releases); SIGNATURE: to the line's end
 *   verdict refuse REASON          REASON: short, lower case, a constant: also a label of a counter
 */
#define CRUMPLE_VERDICT "verdict"

/* 'title TITLE' on the status descriptor, before a verdict that allows: the title of the report. */
#define CRUMPLE_TITLE "title"

/* Limits of a crash directory (CRUMPLE_KEEP, --keep of the writer). */
#define CRUMPLE_KEEP_DEFAULT "count=500,bytes=256M,free=5%,per_signature=5/1h"

#define CRUMPLE_METRICS_NAME "crumple.prom"

/* crumple-writer renames a crashes.ndjson of more bytes to crashes.ndjson.1, replacing the previous one. */
#define CRUMPLE_INDEX_MAX (INT64_C(4) << 20)

/* Exit codes of crumple-writer. */
enum crumple_writer_exit {
    CRUMPLE_WRITER_OK = 0,
    CRUMPLE_WRITER_USAGE = 2,
    CRUMPLE_WRITER_DAMAGED = 3, /* the core cannot be read */
    CRUMPLE_WRITER_IO = 4,      /* the bundle cannot be written: the core stays */
    CRUMPLE_WRITER_REFUSED =
        5,                     /* the verdict was 'refuse': no bundle, the core is removed, a crash follows */
    CRUMPLE_WRITER_MEMORY = 6, /* memory was short; --supervise starts another worker without that stage */
    CRUMPLE_WRITER_HUNG = 7,   /* --supervise: the last worker did not end in time and was killed */
    CRUMPLE_WRITER_DIED = 8    /* --supervise: the last worker died without a bundle */
};

#endif
