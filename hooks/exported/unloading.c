/* SPDX-License-Identifier: MIT */
/* dlclose: it does not depend on who calls it, so it can pass through here. */
#include "state/config.h"
#include "loader/real.h"
#include "state/fault.h"
#include "calls/unloading.h"

HOOK int dlclose(void *handle)
{
    struct unloaded_object object;
    real_need();
    if (!real.dlclose)
        return -1;
    if (!crumple_config || !safe_state)
        return real.dlclose(handle);
    /* Neither errno nor the text of dlerror is touched. */
    unloaded_before(handle, &object);
    int result = real.dlclose(handle);
    unloaded_after(&object);
    return result;
}
