/* SPDX-License-Identifier: MIT */
/* What threads wait for, in reports. */
#ifndef CRUMPLE_WRITER_REPORT_BLOCKED_REPORT_H
#define CRUMPLE_WRITER_REPORT_BLOCKED_REPORT_H

#include "base/buffer.h"
#include "crash/crash.h"

#define BLOCKED_FDS 8 /* of a group that are listed */

/* The waits of threads with equal stacks. All zero: none yet. */
struct blocked_group {
    const struct thread_wait *first;
    size_t count;
    bool is_mixed, is_mixed_call; /* not all texts are equal; not even the calls are */
    int32_t fds[BLOCKED_FDS];     /* different ones */
    size_t fd_count;
    bool has_more_fds;
};

/** Appends the member 'blocked' of a thread: null if it runs; nothing where it is not known. */
void blocked_json(const struct crash *crash, size_t thread, struct buffer *out);

/** Appends the member 'locks' of a thread; nothing if it holds none that is known. */
void blocked_json_locks(const struct crash *crash, size_t thread, struct buffer *out);

/** Appends the line "  holds mutex world_lock, file 7"; nothing if it holds none that is known. */
void blocked_text_locks(const struct crash *crash, size_t thread, struct buffer *out);

/** Appends the member 'deadlocks'; nothing without one. */
void blocked_json_deadlocks(const struct crash *crash, struct buffer *out);

/** Appends a line for each deadlock. */
void blocked_text_deadlocks(const struct crash *crash, struct buffer *out);

/** Appends the line "  in epoll_wait(5)" of a thread; nothing if it runs. */
void blocked_text(const struct crash *crash, size_t thread, struct buffer *out);

void blocked_group_add(const struct crash *crash, size_t thread, struct blocked_group *group);

/** Appends that line of a group: "  in epoll_wait, fds 5, 7, 9"; nothing where they have nothing in common. */
void blocked_group_text(const struct blocked_group *group, struct buffer *out);

#endif
