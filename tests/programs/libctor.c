/* SPDX-License-Identifier: MIT */
/* A library whose constructor faults, or with -DPARK never returns: the loader's lock is held meanwhile. */
#include "../victim/victim.h"

static NOINLINE void library_constructor(void)
{
#ifdef PARK
    arrive();
    sleep_for_ever();
#else
    announce();
    *(volatile int *)NULL = 1;
#endif
}

__attribute__((constructor)) static void construct(void)
{
    library_constructor();
    __asm__ volatile(""); /* no tail call: this frame is to be seen */
}
