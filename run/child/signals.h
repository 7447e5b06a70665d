/* SPDX-License-Identifier: MIT */
/*
 * The signals of crumple-run itself. All that can be held are blocked and read from a descriptor, so that no handler
 * ever runs. Left alone are the synchronous ones, which mean a fault of this process.
 */
#ifndef CRUMPLE_RUN_CHILD_SIGNALS_H
#define CRUMPLE_RUN_CHILD_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <sys/types.h>

/* As this process was started. */
struct signals {
    sigset_t mask;
    struct sigaction child, input, output; /* SIGCHLD, SIGTTIN, SIGTTOU */
    int fd;
};

/** Takes the signals over. Returns 0 or a negative errno. */
int signals_take(struct signals *ret);

/** Gives back mask and dispositions: in the child, before exec, and in this process, before it dies of a signal. */
void signals_restore(const struct signals *signals);

/** Reads one signal. False: none is there. */
bool signals_read(const struct signals *signals, struct signalfd_siginfo *ret);

/**
 * True if the signal came to this process alone, and is the child's. False: the terminal sent it to the whole process
 * group, the child too (unless the child has a group of its own, then the terminal sent it to nobody here); or
 * this process sent it.
 */
bool signals_is_for_child(const struct signalfd_siginfo *info, bool own_group);

/** Ends this process by the signal, without a core. As PID 1 it cannot: then it ends with status 128 + signal. */
_Noreturn void signals_die(const struct signals *signals, int signo);

#endif
