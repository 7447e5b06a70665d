/* SPDX-License-Identifier: MIT */
/*
 * The results of the analysis: the words of signal/ about a signal and of explain/ about an exit, and the
 * decision of verdict/. Data only; struct crash holds one of each.
 */
#ifndef CRUMPLE_WRITER_CRASH_WORDS_H
#define CRUMPLE_WRITER_CRASH_WORDS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "go_dump.h"

#include "core/maps.h"

#define SIGNATURE_MAX 512 /* bytes of a signature, with the NUL */

enum fault_class {
    FAULT_OTHER = 0,
    FAULT_NULL,           /* within 64 KiB of address 0, on either side */
    FAULT_STACK_OVERFLOW, /* below the end of a stack */
    FAULT_UNMAPPED,
    FAULT_UNLOADED, /* code or data of a library that dlclose has unmapped */
    FAULT_NON_CANONICAL,
    FAULT_NOT_EXECUTABLE, /* the program counter points to memory without code */
    FAULT_READ_ONLY,
    FAULT_NO_ACCESS, /* mapped, without the permission */
    FAULT_BEYOND_FILE,
    FAULT_FILE_SYSTEM_FULL, /* SIGBUS within a file, whose file system has no page for it */
    FAULT_FILE_ERROR,       /* SIGBUS within a file, for another reason */
    FAULT_NO_PAGE,          /* SIGBUS of a file of which no more is known */
    FAULT_NO_MEMORY,        /* SIGBUS: the kernel had no page */
    FAULT_HARDWARE,         /* memory error */
    FAULT_PROTECTION_KEY,
    FAULT_SHADOW_STACK,
    FAULT_UNALIGNED,
    FAULT_PRIVILEGED, /* instruction */
    FAULT_PROTECTION, /* general protection, nothing more is known */
    FAULT_DIVIDE,
    FAULT_FLOATING,
    FAULT_BREAKPOINT,
    FAULT_TRACE,
    FAULT_ILLEGAL, /* instruction */
    FAULT_SYSCALL, /* refused by seccomp */
    FAULT_ENDED,   /* by the kernel, without a fault: a closed pipe, a limit, a timer */
    FAULT_SENT,    /* by a process or a timer */
    FAULT_ABORT
};

enum signal_origin {
    SIGNAL_FAULT = 0, /* by hardware or the kernel, at an instruction of the thread */
    SIGNAL_SENT = 1,  /* by a process, perhaps this one */
    SIGNAL_ABORT = 2  /* SIGABRT to itself: abort() */
};

struct signal_words {
    char name[16];      /* "SIGSEGV" */
    char code_name[24]; /* "SEGV_MAPERR" */
    enum signal_origin origin;
    enum fault_class class;
    bool has_address;
    bool has_sender; /* pid and uid */
    bool is_stack_overflow;
    bool is_bad_jump;              /* the program counter itself was wrong */
    const char *reg_name;          /* register that holds the address or its base, or NULL */
    const struct maps_range *file; /* mapping beyond whose file the address is, or NULL */
    char cause[200];               /* short, for titles: "address 0x0 (NULL pointer)" */
    char description[400];         /* a sentence: the address or the sender */
};

/* What ended the process while the program's own handler of a fault ran. */
struct handler_end {
    bool is_there;
    siginfo_t signal;          /* the last one; that of the notes is the fault's, which was first */
    struct signal_words words; /* of this signal */
};

#define MANNER_NAME_BYTES 160

/* How the process ended itself, apart from where. */
struct manner_words {
    const char *family;               /* constant: the library or language whose function it is, or NULL */
    char function[MANNER_NAME_BYTES]; /* the outermost function of the manner, or "" */
};

#define EXIT_NAME_BYTES     160
#define EXIT_FUNCTION_BYTES 2000 /* a symbol; what is cut cannot be made readable */

/* The caller of exit; a string is "" where it is not known. */
struct exit_words {
    char function[EXIT_FUNCTION_BYTES]; /* of the first frame that is neither libc's nor crumple's */
    char module[EXIT_NAME_BYTES];       /* the file it is in, without its directory */
    bool is_foreign;                    /* that file is not the executable */
    uint64_t offset;                    /* in the module */
    bool is_return;                     /* main returned; the caller then is main */
    bool is_last_thread;                /* the last thread ended */
    char via[64];                       /* the libc function in between: err, error */
    char fault[16];                     /* signal of the fault in whose handler this happens: "SIGSEGV" */
    uint64_t fault_address;
    char fault_function[EXIT_FUNCTION_BYTES]; /* where it struck */
    char description[700];                    /* a sentence */
};

#define DIED_LINE_BYTES 300

/* An end that crumple-run has seen. */
struct died_words {
    char line[DIED_LINE_BYTES]; /* the last that the process wrote, without what looks secret; or "" */
    char description[700];      /* a sentence */
};

#define LOGGED_TAGS_MAX    16
#define LOGGED_KEY_BYTES   48
#define LOGGED_VALUE_BYTES 200

struct logged_tags {
    struct logged_tag {
        char key[LOGGED_KEY_BYTES], value[LOGGED_VALUE_BYTES];
    } items[LOGGED_TAGS_MAX];
    size_t count;
};

/* An error that the server has only logged. */
struct logged_words {
    char *stack_text;     /* owned; frames lie in it */
    struct go_dump stack; /* of the goroutine, as the line has it; empty: none */
    const struct go_frame *frames;
    size_t frame_count,
        first_frame;       /* the first one is where the panic was raised; those before it caught it */
    bool is_panic;         /* one that was recovered; else an error */
    char message[1000];    /* without what looks secret */
    char level[16];        /* as the line has it, or "" */
    char caller[120];      /* who logged it, or "" */
    char function[200];    /* where the panic was raised, or "" */
    char place[120];       /* the file there, and the line, or "" */
    char description[400]; /* a sentence */
    struct logged_tags tags;
};

struct dump_words {
    char reason[260];      /* why it was asked for, or "" */
    char description[400]; /* a sentence */
};

enum verdict_how {
    VERDICT_UNWIND,
    VERDICT_UNWIND_ONLY, /* a frame holds something that only unwinding releases: never jump over it */
    VERDICT_JUMP
};

struct verdict {
    const char *refusal; /* a constant; NULL: allowed */
    enum verdict_how how;
    bool by_list; /* musl: what is called an unwinding runs the list of cleanup handlers, and no more */
};

#endif
