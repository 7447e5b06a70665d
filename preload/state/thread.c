/* SPDX-License-Identifier: MIT */
/* Safe file: data only. See state/thread.h. */
#include "state/thread.h"

__thread struct safe_thread *safe_self;
__thread struct thread_self thread_self;
