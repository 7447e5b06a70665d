/* SPDX-License-Identifier: MIT */
#include "end/cleanups.h"

#include "loader/real.h"

static void (*register_cancel)(__pthread_unwind_buf_t *), (*unregister_cancel)(__pthread_unwind_buf_t *);

void recover_cleanups_prepare(void)
{
    *(void **)&register_cancel = real_find("__pthread_register_cancel");
    *(void **)&unregister_cancel = real_find("__pthread_unregister_cancel");
}

void recover_cleanups_note(struct recover_cleanups *ret)
{
    if (!register_cancel || !unregister_cancel)
        return;
    register_cancel(&ret->outer);
    unregister_cancel(&ret->outer);
}

void recover_cleanups_restore(struct recover_cleanups *cleanups)
{
    if (register_cancel && unregister_cancel)
        unregister_cancel(&cleanups->outer);
}
