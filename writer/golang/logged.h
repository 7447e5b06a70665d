/* SPDX-License-Identifier: MIT */
/* An error that a server has only logged, in words: golang/log_line.h says which lines tell of one. */
#ifndef CRUMPLE_WRITER_GOLANG_LOGGED_H
#define CRUMPLE_WRITER_GOLANG_LOGGED_H

struct crash;

/** Sets crash->logged, reason, signature, title and kind of an event 'logged'. Returns 0 or -ENOMEM. */
int logged_describe(struct crash *crash);

#endif
