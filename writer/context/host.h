/* SPDX-License-Identifier: MIT */
/* Where the process ran: host, container, pod. */
#ifndef CRUMPLE_WRITER_CONTEXT_HOST_H
#define CRUMPLE_WRITER_CONTEXT_HOST_H

#include "crash/crash.h"

/** Fills crash->host, after vitals_gather(). Files of this machine count only if the writer runs beside the process. */
void host_gather(struct crash *crash);

/** The container's id and runtime, by /proc/PID/cgroup and, where that names none, by /proc/self/mountinfo. */
void host_find_container(struct core_span cgroup, struct core_span mounts, struct host_words *host);

/** PRETTY_NAME of os-release(5). */
void host_take_os(struct core_span text, struct host_words *host);

/** The name of a user in passwd(5). */
void host_take_user(struct core_span text, int64_t uid, struct host_words *host);

/** What the environment (NAME=VALUE, each ended by NUL) says of Kubernetes, and of systemd's and Docker's containers. */
void host_take_environment(struct core_span text, struct host_words *host);

#endif
