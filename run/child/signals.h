/* SPDX-License-Identifier: MIT */
/*
 * The signals of crumple-run itself. All that can be held are blocked and read from a descriptor, so that no handler
 * ever runs. A fault of this process kills it even so: the kernel does not let a fault wait (force_sig_info_to_task).
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
    struct sigaction child; /* SIGCHLD's */
    int fd;
};

/** Takes the signals over. Returns 0 or a negative errno. */
int signals_take(struct signals *ret);

/** Gives back mask and dispositions: in the child, before exec, and in this process, before it dies of a signal. */
void signals_restore(const struct signals *signals);

/** Reads one signal. False: none is there. */
bool signals_read(const struct signals *signals, struct signalfd_siginfo *ret);

/** Who and where this process and its server are. */
struct signals_place {
    pid_t self, server;
    bool own_group; /* of the server */
    bool is_leader; /* this process leads the session */
};

/**
 * True if the signal came to this process alone, and is the server's. False: the server has it already, since the
 * terminal or the server itself sent it to the process group of both; or it concerns this process alone.
 */
bool signals_is_for_server(const struct signalfd_siginfo *info, const struct signals_place *place);

/** Ends this process by the signal, without a core. As PID 1 it cannot: then it ends with status 128 + signal. */
_Noreturn void signals_die(const struct signals *signals, int signo);

#endif
