/* SPDX-License-Identifier: MIT */
/* The crash directory of another user, made while this process still may. In the hooks of setuid and its kin. */
#ifndef CRUMPLE_PRELOAD_OUT_DIR_GIVEN_H
#define CRUMPLE_PRELOAD_OUT_DIR_GIVEN_H

#include <stdint.h>

/**
 * Makes base/UID, mode 0700, for user uid and group gid, unless it is there. base belongs to this process's effective
 * user, root. Returns 0 or a negative errno; then nothing new is there.
 *
 * A daemon may have dropped CAP_CHOWN before it changes its user (dnsmasq): root may not give away what it has made.
 * Who may become any user may make it as that user: a child process does, in a directory that is moved then.
 */
int safe_dir_give(int base, uint32_t uid, uint32_t gid);

#endif
