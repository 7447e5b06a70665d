/* SPDX-License-Identifier: MIT */
/* Little of everything: resource limits, full disks, cgroups (rows 56, 67, 72). */
#include "victim.h"

const struct verb limit_verbs[] = {
    {NULL, IN_MAIN, NULL},
};
