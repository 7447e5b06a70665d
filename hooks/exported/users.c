/* SPDX-License-Identifier: MIT */
/*
 * setuid, seteuid, setreuid, setresuid: a server about to drop its user gets a crash directory that the new
 * user owns, while it still may be made; and a way to it, where only root has one.
 */
#include <errno.h>

#include "state/config.h"
#include "calls/dumps.h"
#include "loader/real.h"
#include "end/frame.h"
#include "out/dir.h"
#include "proc/held_descriptors.h"
#include "state/told.h"

#define PREPARED_MAX 64

/* Servers that change their user for each request come here often: a user is prepared once. */
static bool is_prepared(uid_t uid)
{
    static _Atomic uid_t prepared[PREPARED_MAX];
    _Atomic uid_t *place = &prepared[uid % PREPARED_MAX];
    return __atomic_exchange_n(place, uid, __ATOMIC_RELAXED) == uid;
}

/* Apart: whose directory is there pays nothing for it. */
static __attribute__((noinline, cold)) void make_directory(uid_t uid)
{
    int error = safe_dir_prepare(uid, getegid());
    /* Without any directory so far, or below another root, the fallback is no news. */
    if (error < 0 && error != -ENOENT && error != -ESTALE && safe_told_first(crumple_config->dir, 0))
        safe_dir_complain(uid, error);
    safe_roots_hold_private();
}

static void prepare(uid_t uid)
{
    int saved = errno;
    real_need();
    recover_gone(); /* no process of the old user stays beside the new one's */
    if (crumple_config && uid != (uid_t)-1 && uid != 0 && geteuid() == 0 && !is_prepared(uid))
        make_directory(uid);
    errno = saved;
}

static int changed(int result)
{
    dumps_listen_anew();
    return result;
}

HOOK int setuid(uid_t uid)
{
    prepare(uid);
    return changed(real.setuid(uid));
}

HOOK int seteuid(uid_t uid)
{
    prepare(uid);
    return changed(real.seteuid(uid));
}

HOOK int setreuid(uid_t ruid, uid_t euid)
{
    prepare(euid);
    return changed(real.setreuid(ruid, euid));
}

HOOK int setresuid(uid_t ruid, uid_t euid, uid_t suid)
{
    prepare(euid);
    return changed(real.setresuid(ruid, euid, suid));
}
