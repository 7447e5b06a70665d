/* SPDX-License-Identifier: MIT */
/*
 * What the process dies of: the signal, or an earlier delivery of the same signal that a handler of the
 * application has raised again. In this order:
 *
 *   a fault whose handler is running, in any thread      its signal frame is on the stack
 *   a fault in another thread, which came again when     the thread waits for this death (state/claim.h)
 *   its handler had returned
 *   a signal from another process, its handler running   its signal frame
 *   one of these, noted by the handler itself when it    stopped/signal_frames.h
 *   went back to the default
 *
 * In the helper.
 */
#ifndef CRUMPLE_PRELOAD_STOPPED_ORIGIN_H
#define CRUMPLE_PRELOAD_STOPPED_ORIGIN_H

#include <signal.h>
#include <stdint.h>
#include <ucontext.h>

#include "proc/maps.h"
#include "stopped/stop.h"

struct safe_origin {
    uint32_t slot; /* of the thread that faulted */
    int raised_by; /* tid that raised it again, 0 for none */
    siginfo_t info;
    ucontext_t context; /* only registers and mask are meaningful */
    uint64_t fp_state;  /* address of the fpstate, 0 for none */
};

/** That of the signal. */
void safe_origin_default(struct safe_origin *ret_origin);

/** Finds the original one. After the threads were stopped. */
void safe_origin_find(const struct safe_stop *stop, const struct safe_maps *maps,
                      struct safe_origin *ret_origin);

#endif
