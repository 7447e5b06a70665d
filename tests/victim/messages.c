/* SPDX-License-Identifier: MIT */
/* Deaths whose words matter: what libc, the kernel or a library says (part of rows 2-24). */
#include "victim.h"

const struct verb message_verbs[] = {
    {NULL, IN_MAIN, NULL},
};
