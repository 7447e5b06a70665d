/* SPDX-License-Identifier: MIT */
/*
 * The keeper: a helper process (CLONE_VM, descriptors of its own, no SIGCHLD) that works for threads which
 * are ended while the server lives. It is started by the first such thread and goes when there has been
 * nothing to do for a while, so that a healthy server has none.
 *
 *   CAPTURE  the faulting thread's core, the writer's verdict, the bundle
 *   COUNT    one line in crashes.ndjson
 *   always   sees to it that ended threads are gone within two seconds, else has the process die; writes the
 *            events of the breakers; refreshes crumple.prom
 *
 * It polls: a futex with a timeout is all it waits on, and so it notices within a tick that its host is gone.
 */
#ifndef PRELOAD_CONTAIN_KEEPER_H
#define PRELOAD_CONTAIN_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

enum safe_ask {
    SAFE_ASK_NONE = 0,
    SAFE_ASK_CAPTURE = 1,
    SAFE_ASK_COUNT = 2,
    SAFE_ASK_WAKE = 3,
    SAFE_ASK_LEFT = 4,
    SAFE_ASK_LEAVE = 5
};
enum safe_answer {
    SAFE_ANSWER_NONE = 0,
    SAFE_ANSWER_ALLOWED = 1,
    SAFE_ANSWER_REFUSED =
        2 /* by the writer, or because nothing could be reported: safe_found.reason says why */
};

/* What the keeper has found out about the fault. It writes this before it answers; the faulting thread reads
 * it after. */
struct safe_found {
    const char *reason;     /* of a refusal */
    char said[96];          /* where the writer's reason lies */
    bool jump, must_unwind; /* the writer's verdict (state/recovery.h) */
    bool called;            /* the program counter holds no code: a call of a wrong address */
    bool suppressed;        /* beyond the budget of bundles: only a counted line */
    char signature[512], title[400];
    char bundle[160], dir[256]; /* bundle: "" for none */
};
extern struct safe_found safe_found;

/* Maps the keeper's stack. In the constructor. Returns 0 or a negative errno. */
int safe_keeper_prepare(void);

/* Asks, with the claim, and waits until the deadline (CLOCK_MONOTONIC). Starts the keeper where there is
 * none; one that does not answer is killed. False: refused, or not reported, and why. */
bool safe_keeper_ask(enum safe_ask what, uint64_t deadline_ns, const char **ret_reason);

/* Ordinary code: there are events to be written; starts the keeper if need be. Never waits. */
void safe_keeper_poke(void);
/*
 * The process is about to end: the keeper writes what is still to be written and goes, so that nobody finds a
 * process that is not his. Waits for at most 'ns', then kills it. Costs nothing where there is none.
 */
void safe_keeper_dismiss(uint64_t ns);
/* Ordinary code: collects a keeper that has ended, if there is one. */
void safe_keeper_reap(void);
/* True for the pid of a keeper, which somebody who waits has found: it is not there any more. */
bool safe_keeper_collected(int pid);

#endif
