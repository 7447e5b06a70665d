/* SPDX-License-Identifier: MIT */
/*
 * The hooks that are not exported: those of locks, sockets, waits and file locks, switched on together at the
 * first wrapped thread of a process with CRUMPLE_RECOVER (preload/redirect/redirect.h). They only collect
 * facts, and refuse the connections of peers whose breaker is open.
 */
#ifndef CRUMPLE_HOOKS_REDIRECTED_REDIRECTED_H
#define CRUMPLE_HOOKS_REDIRECTED_REDIRECTED_H

#include <stdbool.h>

#include "redirect/redirect.h"

/* One family's rows. */
struct redirected_family {
    const struct redirect *rows;
    size_t count;
};

extern const struct redirected_family redirected_locks;    /* redirected/locks.c */
extern const struct redirected_family redirected_waits;    /* redirected/conditions.c */
extern const struct redirected_family redirected_sockets;  /* redirected/sockets.c */
extern const struct redirected_family redirected_accepts;  /* redirected/accepts.c */
extern const struct redirected_family redirected_polls;    /* redirected/polls.c */
extern const struct redirected_family redirected_files;    /* redirected/file_locks.c */
extern const struct redirected_family redirected_loading;  /* redirected/loading.c */
extern const struct redirected_family redirected_guards;   /* redirected/static_guards.c */
extern const struct redirected_family redirected_children; /* redirected/children.c */

#define REDIRECTED_FAMILY(name, list)                                                                        \
    const struct redirected_family name = {list, sizeof list / sizeof *(list)}
/* A row: libc's function, the hook, and the member of the file's table 'libc' that is to hold libc's own. */
#define REDIRECTED(function, hook)                                                                           \
    {                                                                                                        \
#function, (void *)(hook), (void **)&libc.function, NULL, NULL                                       \
    }
/* A row with another hook where requests are watched. */
#define REDIRECTED_OR(function, hook, watched)                                                               \
    {                                                                                                        \
#function, (void *)(hook), (void **)&libc.function, NULL, (void *)(watched)                          \
    }

/**
 * Switches the hooks on in all loaded objects and prepares the table of sockets. Ordinary code of
 * pthread_create's hook, once, before the first wrapped thread. False: it is incomplete (the program defines
 * such a function itself, or memory cannot be made writable), so facts would be missing, and no thread may be
 * ended.
 */
bool redirected_start(void);
/** The same for objects loaded since; in every later pthread_create (13 ns where there are none). True when
 * the list of loaded objects has changed. Does nothing before redirected_start(). */
bool redirected_again(void);

/**
 * Where the strikes of peers live in crumple-run (safe_peers_share), requests are watched and peers refused from the
 * first listen or pthread_create on, also without CRUMPLE_RECOVER: switches the hooks of sockets, accepts, waits and
 * loading on (all, with CRUMPLE_RECOVER). In the hooks of these two, before the real call; keeps errno; one load where
 * nothing is to be done.
 */
void redirected_begin_for_hold(void);
/** The same in the constructor, of a process that gets its listening sockets from its parent (LISTEN_FDS). */
void redirected_prepare_for_hold(char *const *envp);

/** For the exported hooks of waits with a mask (exported/waits.c): notes that the calling thread polls 'count'
 * descriptors, or waits for an epoll instance. frame: the hook's (__builtin_frame_address(0)). Keeps errno. */
void redirected_polls_note(unsigned long count, const void *frame);
void redirected_epolls_note(const void *frame);
unsigned long redirected_count_bits(int count, const void *set);
/** True when the calling thread polls; for a thread that is not wrapped: when any such thread does. */
bool redirected_is_polling(void);

#endif
