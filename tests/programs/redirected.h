/* SPDX-License-Identifier: MIT */
#ifndef TESTS_REDIRECTED_H
#define TESTS_REDIRECTED_H

#include "libredirect.h"
#include "track/held_locks.h"

extern const struct redirect_door *door;

void check(bool holds, const char *what, const char *function, int line);
#define CHECK(expression) check(expression, #expression, __func__, __LINE__)

/* redirected_sockets.c */
void verb_ownership(void);
void verb_sharing(void);
void verb_outbound(void);
void verb_numbers(void);
void verb_polling(void);
void verb_feeding(void);
void verb_nothing(void);
void verb_duplicates(void);
void verb_refusal(void);

#endif
