/* SPDX-License-Identifier: MIT */
/* Rarer places to fault: loaders, destructors, signal stacks, fibers (rows 6, 7, 28-48, 74). */
#include "victim.h"

const struct verb rare_verbs[] = {
    {NULL, IN_MAIN, NULL},
};
