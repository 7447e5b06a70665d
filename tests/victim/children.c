/* SPDX-License-Identifier: MIT */
/* Children and changed identities: fork, vfork, spawn, daemons, chroot, setuid (row 58). */
#include "victim.h"

const struct verb child_verbs[] = {
    {NULL, IN_MAIN, NULL},
};
