/* SPDX-License-Identifier: MIT */
/* Safe file: data only. See state/config.h. */
#include "state/config.h"

const struct crumple_config *crumple_config;
