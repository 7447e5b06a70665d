/* SPDX-License-Identifier: MIT */
/*
 * The keeper: a helper process (CLONE_VM, descriptors of its own, no SIGCHLD) that works for threads which
 * end while the server lives. The first such thread starts it, and it leaves after a while without work, so a
 * healthy server has none.
 *
 * CAPTURE  the faulting thread's core, the writer's verdict, the bundle
 *
 *   COUNT    one line in crashes.ndjson
 *   always   kills the process if an ended thread is not gone within two seconds; writes the events of the
 *            breakers; refreshes crumple.prom
 *
 * It only ever waits on a futex with a timeout, so it notices within a tick that its host is gone.
 */
#ifndef CRUMPLE_PRELOAD_CONTAIN_KEEPER_H
#define CRUMPLE_PRELOAD_CONTAIN_KEEPER_H

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
    /* By the writer, or because the fault could not be reported: see safe_found.reason. */
    SAFE_ANSWER_REFUSED = 2
};

/* The keeper's findings about the fault. The keeper writes them before it answers; the faulting thread reads
 * them after the answer. */
struct safe_found {
    const char *reason;     /* of a refusal */
    char said[96];          /* buffer of the writer's reason */
    bool jump, must_unwind; /* the writer's verdict (state/recovery.h) */
    bool called;            /* the program counter holds no code: a call of a wrong address */
    bool suppressed;        /* beyond the budget of bundles: only a counted line */
    char signature[512], title[400];
    char bundle[160], dir[256]; /* bundle: "" for none */
};
extern struct safe_found safe_found;

/** Maps the keeper's stack. In the constructor. Returns 0 or a negative errno. */
int safe_keeper_prepare(void);

/** Asks the keeper and waits until the deadline (CLOCK_MONOTONIC). Starts a keeper if there is none, and kills
 * one that does not answer. False: refused, or not reported; *ret_reason says why. In the faulting thread,
 * with the claim. */
bool safe_keeper_ask(enum safe_ask what, uint64_t deadline_ns, const char **ret_reason);

/** Says that there are events to write; starts a keeper if there is none. Never waits. In ordinary code. */
void safe_keeper_poke(void);
/**
 * Before the process ends: lets the keeper write its remaining events and leave, so that no parent finds a
 * process that it did not create. Waits for at most 'ns', then kills the keeper. Free if there is none.
 */
void safe_keeper_dismiss(uint64_t ns);
/** Reaps a keeper that has ended, if there is one. In ordinary code. */
void safe_keeper_reap(void);
/** True if pid, returned to a wait of the application, was the keeper, which is now reaped. */
bool safe_keeper_collected(int pid);

#endif
