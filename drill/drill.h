/* SPDX-License-Identifier: MIT */
/* What the files of crumple-drill share: faults, outcomes, the plan and the result of one run. See README.md. */
#ifndef CRUMPLE_DRILL_DRILL_H
#define CRUMPLE_DRILL_DRILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum drill_fault { DRILL_NIL, DRILL_WILD, DRILL_ILL, DRILL_FPE, DRILL_FLIP, DRILL_FAULTS };

/* What became of one run. */
enum drill_outcome {
    DRILL_CONTAINED,     /* the thread ended, the server serves, the oracle is content */
    DRILL_DELIBERATE,    /* the server died, with a report */
    DRILL_WEDGED,        /* alive, but a client gets no answer, or the thread never ended */
    DRILL_CORRUPT,       /* alive, and the oracle's invariants do not hold */
    DRILL_UNREPORTED,    /* dead, without a report */
    DRILL_DOES_NOT_STOP, /* serves, but SIGTERM does not end it any more */
    DRILL_SLOTS_LEAK,    /* serves fewer clients at a time than a healthy server */
    DRILL_NO_EFFECT,     /* all went on as if nothing had been */
    DRILL_SILENT,        /* a flipped bit made data wrong, or a hang or an exit, and raised no fault */
    DRILL_NOT_ACTIVATED, /* no thread of the routine came by: dropped */
    DRILL_MASKED,        /* the thread blocks the signal there: the kernel would kill at once; dropped */
    DRILL_FAILED,        /* the run itself could not be done; dropped */
    DRILL_OUTCOMES
};

/* How a server behaves into which nothing was injected. */
struct drill_healthy {
    int64_t stop_us;    /* from SIGTERM to its end; -1: it does not end */
    int stop_status;    /* of wait */
    int64_t capacity;   /* as the plan's command says; -1: not measured */
    int64_t longest_ms; /* a client's longest wait for an answer; -1: the load does not say */
};

/* What the load says about its clients (docs/drill.md). */
struct drill_innocents {
    bool told;
    uint64_t requests, refused, reset, wrong, hung, longest_ms;
};

/* The command line, checked. Strings are those of argv, but for the allocated ones. */
struct drill_plan {
    const char *load, *oracle, *ready, *recover;
    const char *recover_from; /* who says so, for people */
    const char *capacity;     /* command, or NULL */
    const char *routine;      /* glob, or NULL */
    const char *site;         /* MODULE+OFFSET, or NULL */
    const char *exclude;      /* glob over modules' names, or NULL */
    const char *pool;         /* file with the pool, or NULL */
    char *const *server;
    size_t server_count;
    char *shim; /* allocated */
    char *dir;  /* allocated: temporary directory of this drill */
    enum drill_fault fault;
    uint64_t seed;
    size_t runs, jobs, faults;
    int64_t oracle_us, start_us, sample_us;
    struct drill_healthy healthy;
    bool verbose, first_fatal;
};

#define DRILL_REASON_BYTES  128
#define DRILL_DETAIL_BYTES  256
#define DRILL_PATH_BYTES    512
#define DRILL_MESSAGE_BYTES 1024

/* Of one run; plain data, because it goes through a pipe. */
struct drill_result {
    uint32_t site;              /* index in the pool's order of drawing */
    uint32_t repeat;            /* which run of that site: part of its seed */
    uint32_t outcome;           /* enum drill_outcome */
    uint32_t recovered;         /* there was an event 'contained' */
    uint32_t passes;            /* how often the site was passed before */
    uint32_t sockets;           /* shut down, as the events say */
    uint32_t faults, contained; /* in this server, one after another */
    int32_t stop_status;        /* of wait, after SIGTERM at the end; -1: not sent, or no end */
    uint32_t stopped_otherwise; /* with another status than the healthy server */
    int64_t stop_us;            /* SIGTERM to the end; -1: as above */
    int64_t capacity;           /* at the end; -1: not measured */
    struct drill_innocents innocents;
    int64_t settled_us;              /* fault to the event or the death; -1: neither came */
    int64_t answered_us;             /* fault to the oracle's answer; -1: not asked */
    char reason[DRILL_REASON_BYTES]; /* of a death: in crumple's words, a kind to be counted */
    char lock[DRILL_REASON_BYTES];   /* of a death: the lock that was held, or "" */
    char later[DRILL_REASON_BYTES];  /* why a fault after the first ended the server, or "" */
    char detail[DRILL_DETAIL_BYTES]; /* for people */
    char evidence[DRILL_PATH_BYTES]; /* directory that was kept, or "" */
};

/** "contained", "deliberate", ... */
const char *drill_outcome_name(enum drill_outcome outcome);
/** "nil", "wild", ... */
const char *drill_fault_name(enum drill_fault fault);

/** Whether an outcome is what must not happen. */
static inline bool drill_is_fatal(enum drill_outcome outcome)
{
    return outcome >= DRILL_WEDGED && outcome <= DRILL_SLOTS_LEAK;
}

/** Whether a fault took place at all. */
static inline bool drill_is_activated(enum drill_outcome outcome)
{
    return outcome < DRILL_NOT_ACTIVATED;
}

#endif
