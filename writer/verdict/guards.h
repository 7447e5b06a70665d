/* SPDX-License-Identifier: MIT */
/*
 * Which static variables of functions are under construction where a frame stands, and which of them its
 * landing pad gives back: found by following the code. Whoever leaves such a frame without giving them back
 * leaves everybody waiting who comes later.
 */
#ifndef WRITER_VERDICT_GUARDS_H
#define WRITER_VERDICT_GUARDS_H

#include "verdict/guard_calls.h"

#define GUARDS_MOST 8

struct guard_set {
    uint64_t guard[GUARDS_MOST]; /* where the variable's guard lies, or 0: not known */
    size_t count;
    bool is_partial; /* some code could not be followed, there may be more */
};

struct guards;

/** Returns what the other functions need, to be given back by guards_close, or NULL: no memory. */
struct guards *guards_open(const struct memory *memory);
void guards_close(struct guards *guards);

/**
 * The guards held by the function of module around lookup, when it comes to pc. is_return: pc is a return
 * address.
 */
void guards_held(struct guards *guards, const struct module *module, uint64_t pc, bool is_return,
                 struct guard_set *ret_held);

/** The guards that the code from the landing pad on gives back. */
void guards_given_back(struct guards *guards, const struct module *module, uint64_t landing,
                       struct guard_set *ret_given);

/** Whether giving back given leaves none of held. */
bool guards_cover(const struct guard_set *given, const struct guard_set *held);

#endif
