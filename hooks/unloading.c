/* SPDX-License-Identifier: MIT */
/* dlclose: it does not depend on who calls it, so it can pass through here. */
#include "config.h"
#include "real.h"
#include "unloaded.h"

HOOK int dlclose(void *handle)
{
    int result;
    real_need();
    if (!real.dlclose)
        return -1;
    /* Neither errno nor the text of dlerror is touched. */
    if (crumple_config)
        unloaded_look(real.dl_iterate_phdr);
    result = real.dlclose(handle);
    if (crumple_config)
        unloaded_look(real.dl_iterate_phdr);
    return result;
}
