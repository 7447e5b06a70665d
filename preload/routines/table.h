/* SPDX-License-Identifier: MIT */
/*
 * The start routines of threads, as the policy knows them: their names, breakers and restarts. One entry for
 * each distinct routine (for std::thread: each distinct callable), made when its first thread is created,
 * never freed. Beyond ROUTINES_MAX, threads have no entry and are never contained.
 */
#ifndef PRELOAD_ROUTINES_TABLE_H
#define PRELOAD_ROUTINES_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "track/breaker.h"

#define ROUTINES_MAX        256
#define ROUTINE_NAMES_BYTES 512
#define ROUTINE_RESTARTS    16

struct safe_routine {
    /* The routine's address; for a std::thread's callable the address of its state's vtable. Published last:
     * while it is 0 there is no entry. */
    _Atomic uint64_t key;
    _Atomic uint8_t claimed; /* a thread is filling the entry */
    bool is_std_thread;      /* the C++ library's: the argument is freed by the routine */
    bool holds_state;        /* libstdc++'s own routine: the argument leads to the callable */
    uint8_t function_at; /* callable that is a pointer to a function: where in the state it lies, 0 none */
    uint64_t function;   /* and what it is */
    /* Each ended by NUL, an empty one last; the first is the one to show. Symbol (of .symtab or .dynsym of
     * the file, or .dynsym of memory), demangled before mangled, 'module+0xOFFSET'; for std::thread the
     * callable's type and, where it is a function, first that function's names. Control characters are
     * replaced. */
    char names[ROUTINE_NAMES_BYTES];
    /* Guarded by the lock of track/routine_runs.h. */
    struct safe_breaker breaker;
    uint64_t
        restart_ns[ROUTINE_RESTARTS]; /* times of the last restarts, a ring; restart_at counts them all */
    uint32_t restart_at, attempt;
    uint64_t healthy_ns; /* a restart after this time begins with the first delay again */
    uint32_t parked;     /* threads now */
};

extern struct safe_routine *safe_routines; /* ROUTINES_MAX entries; NULL: CRUMPLE_RECOVER is not set */

/* Maps the table. In the constructor, only with CRUMPLE_RECOVER. Returns 0 or a negative errno. */
int routines_prepare(void);
/*
 * The entry of a routine about to be started: index + 1, or 0 when the table is full. Ordinary code of
 * pthread_create: may open and map files (raw system calls, no malloc), the first time for each routine.
 */
uint16_t routines_find(void *(*routine)(void *), void *argument);

#endif
