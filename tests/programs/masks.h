/* SPDX-License-Identifier: MIT */
/* What the parts of 'masks' share. */
#ifndef MASKS_TEST_H
#define MASKS_TEST_H

#include <setjmp.h>
#include <signal.h>
#include <stddef.h>

struct masks_case {
    const char *name;
    void (*run)(void);
};
extern const struct masks_case masks_handler_cases[]; /* masks_handlers.c */
extern const size_t masks_handler_count;
extern const struct masks_case masks_inside_cases[]; /* masks_inside.c */
extern const size_t masks_inside_count;

sigset_t only(int sig);
void show(const char *when);
void block(sigset_t set);
void block_all(void);
void do_nothing(int sig);
void fault(int sig);
void fault_in_sigsuspend(void);
extern sigjmp_buf jump;
void leave(int sig); /* a handler: to 'jump' */

#endif
