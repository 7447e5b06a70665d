/* SPDX-License-Identifier: MIT */
/* A system call in words, with those of its arguments that say what it waits for: "epoll_wait(5)",
 * "read(fd 7, tcp 10.0.0.1:8080)", "nanosleep(1.5 s)". */
#ifndef CRUMPLE_WRITER_CONTEXT_SYSCALL_WORDS_H
#define CRUMPLE_WRITER_CONTEXT_SYSCALL_WORDS_H

#include "context/syscall_now.h"

/** Sets fd, is_timed and text of ret. Of a call that it does not know: the name and the raw arguments. */
void syscall_words(const struct crash *crash, const struct syscall_now *now, struct thread_wait *ret);

/** "read", or "system call 999", or "a system call". Returns name. */
const char *syscall_words_name(int64_t number, char *name, size_t size);

#endif
