/* SPDX-License-Identifier: MIT */
/* Messages for people, on stderr. Only verbs and main call it: the code below them returns errors. */
#ifndef CLI_SCREEN_SAY_H
#define CLI_SCREEN_SAY_H

/* "crumple: MESSAGE\n", cleaned for a terminal. Lower case, no full stop, subjects in single quotes. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

#endif
