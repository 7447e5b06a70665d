/* SPDX-License-Identifier: MIT */
/* Safe file: data only. See state/recovery.h. */
#include "state/recovery.h"

struct safe_recovery safe_recovery;
_Atomic int safe_recover_exiting, safe_recover_forking;
_Atomic bool safe_recover_ready, safe_recover_interpreter;
struct safe_interpreter_signs safe_interpreter_signs;
