/* SPDX-License-Identifier: MIT */
/* Whose request killed the process (contain/culprit.h), for the report. */
#ifndef CRUMPLE_PRELOAD_STATE_CULPRIT_H
#define CRUMPLE_PRELOAD_STATE_CULPRIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/peer_address.h"

#define SAFE_REGISTERS 16 /* REG_R8 to REG_RSP of a context (sys/ucontext.h): all but the program counter */

enum safe_culprit_state { SAFE_CULPRIT_NOT_SOUGHT = 0, SAFE_CULPRIT_NONE = 1, SAFE_CULPRIT_FOUND = 2 };

struct safe_culprit {
    uint8_t state;   /* enum safe_culprit_state */
    const char *why; /* a constant: why there is none, or why its peer is not struck; NULL: see the others */
    uint32_t open;   /* NONE: so many requests were open; 0: not that many */
    struct safe_peer peer; /* family 0: it has no address (AF_UNIX) */
    uint16_t port;
    int fd;
    uint32_t bytes; /* that were read last */
    bool
        shared; /* another connection from the address lives, or did within the last hour; or it is this host's: no strike */
    bool strike;
};

/* Writer: the faulting thread, with the claim, before the capture. Readers: its helper. */
extern struct safe_culprit safe_culprit;

struct safe_requests;

/*
 * The last fault that a handler of the application got: the signal that the handler sends afterwards, perhaps to another
 * thread, is what the process dies of. Writer: the faulting thread, in the handler's entry (fault/entry.c). Not read
 * while two threads fault at once: what is mixed then is checked as any other memory.
 */
struct safe_handed_fault {
    _Atomic int pid; /* 0: none */
    int signo;
    uint64_t registers[SAFE_REGISTERS];
    const struct safe_requests *requests; /* the thread's */
};
extern struct safe_handed_fault safe_handed_fault;

#endif
