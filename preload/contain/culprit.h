/* SPDX-License-Identifier: MIT */
/*
 * Safe file: at the death of a process whose next life is to refuse a peer. Finds the connection whose request the
 * faulting thread had read and not answered, fills safe_culprit for the report, and strikes its peer in crumple-run's table
 * (track/peers.h), unless another connection from the same address lives.
 */
#ifndef CRUMPLE_PRELOAD_CONTAIN_CULPRIT_H
#define CRUMPLE_PRELOAD_CONTAIN_CULPRIT_H

/** In the faulting thread, with the claim, before the capture closes descriptors. Does nothing without
 * safe_peers_share(). Asks the kernel for the peers of the open connections. */
void safe_culprit_seek(void);

#endif
