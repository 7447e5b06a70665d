/* SPDX-License-Identifier: MIT */
/*
 * Safe file: breaker, restarts and parking of each routine. A routine is named by its index + 1 in the table,
 * which routines/table.c fills; 0 is none and always admitted.
 *
 * A request is one run of the routine. safe_routines_allow() admits it and returns the generation that the
 * caller hands back with the result: success if the routine returns (or has run for 60 s, without a report),
 * failure for a contained fault, excluded if the thread was cancelled or the process exits.
 *
 * Guarded by one lock of share/lock.h; a caller that does not get the lock is admitted, or its result is
 * dropped.
 */
#ifndef CRUMPLE_PRELOAD_TRACK_ROUTINE_RUNS_H
#define CRUMPLE_PRELOAD_TRACK_ROUTINE_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "breaker.h"

#define ROUTINES_MAX        256
#define ROUTINE_NAMES_BYTES 512
#define ROUTINE_RESTARTS    16

struct safe_routine {
    /* The routine's address; for a std::thread's callable the address of its state's vtable. Published last:
     * while it is 0 there is no entry. */
    _Atomic uint64_t key;
    _Atomic uint8_t claimed; /* a thread is filling the entry */
    _Atomic bool wakes;      /* a thread of it has woken another one (track/wakeups.h), or its code can */
    _Atomic bool unlocks;    /* a thread of it has released a lock that another thread had taken */
    bool is_std_thread;      /* the C++ library's: the argument is freed by the routine */
    bool holds_state;        /* libstdc++'s own routine: the argument leads to the callable */
    uint8_t function_at; /* callable that is a pointer to a function: where in the state it lies, 0 none */
    uint64_t function;   /* and what it is */
    /* A plain routine whose argument leads to a function: the word of it that does, + 1. Each such function has an
     * entry of its own, with the names of both; 'of' is the index + 1 of the routine's. */
    _Atomic uint8_t callable_at;
    uint16_t of;
    /* Each ended by NUL, an empty one last; the first is the one to show. Symbol (of .symtab or .dynsym of
     * the file, or .dynsym of memory), demangled before mangled, 'module+0xOFFSET'; for std::thread the
     * callable's type and, where it is a function, first that function's names; for a wrapper its own, then those
     * of what it is to call. Control characters are
     * replaced. */
    char names[ROUTINE_NAMES_BYTES];
    /* Guarded by the lock of track/routine_runs.h. */
    struct safe_breaker breaker;
    /* times of the last restarts, a ring; restart_at counts them all */
    uint64_t restart_ns[ROUTINE_RESTARTS];
    uint32_t restart_at, attempt;
    uint64_t healthy_ns; /* a restart after this time begins with the first delay again */
    uint32_t parked;     /* threads now */
};

/* ROUTINES_MAX entries; NULL: CRUMPLE_RECOVER is not set. Writers: routines/table.c, and this file with its
 * lock. */
extern struct safe_routine *safe_routines;

struct safe_routine_change {
    uint16_t routine; /* index + 1 */
    uint8_t from, to; /* enum safe_breaker_state */
    uint64_t time_ns; /* CLOCK_MONOTONIC */
};

/** Maps the lock. In the constructor, only with CRUMPLE_RECOVER. Returns 0 or a negative errno. */
int safe_routines_prepare(void);

/** A run is about to begin. False: the breaker does not admit it; with open=crash the run begins anyway, with
 * generation 0, and a fault in it is a crash. */
bool safe_routines_allow(uint16_t routine, uint64_t now_ns, uint64_t *ret_generation);
void safe_routines_done(uint16_t routine, uint64_t generation, uint64_t now_ns,
                        enum safe_breaker_result result);
/** True if a fault of this run must be a crash: the breaker is open, or it is half-open and the run is not one
 * of its probes. Call it before safe_routines_done(). */
bool safe_routines_open(uint16_t routine, uint64_t generation, uint64_t now_ns);

/** Restarts in the window that ends now. */
uint32_t safe_routines_recent(uint16_t routine, uint64_t now_ns);
/** Records a restart. Returns the number of restarts in the window, this one included, and the delay before
 * it. */
uint32_t safe_routines_restarted(uint16_t routine, uint64_t now_ns, uint64_t random, uint64_t *ret_delay_ns);

/** The thread stays off and calls safe_routines_unpark() now and then. True: it may try again, because a
 * half-open breaker admits it as a probe, or the breaker is closed and the window has room for a restart. */
void safe_routines_park(uint16_t routine);
bool safe_routines_unpark(uint16_t routine, uint64_t now_ns, uint64_t *ret_generation);

/** The parked thread was cancelled. */
void safe_routines_cancelled(uint16_t routine);

/** Returns the oldest unreported state change. False: none. Of more than 128 the oldest are lost. */
bool safe_routines_next_change(struct safe_routine_change *ret_change);

#endif
