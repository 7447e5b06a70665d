/* SPDX-License-Identifier: MIT */
/* Safe file: data only. See state/culprit.h. */
#include "state/culprit.h"

struct safe_culprit safe_culprit;
struct safe_handed_fault safe_handed_fault;
