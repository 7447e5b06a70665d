/* SPDX-License-Identifier: MIT */
/*
 * The guards of C++ functions' static variables (Itanium C++ ABI 3.3.3) in a module that the C++ runtime is
 * linked into. There the shim cannot count guards as held locks (hooks/redirected/static_guards.c), because the
 * calls are direct: so a function that takes guards counts as holding one, wherever in it the frame stands.
 */
#ifndef CRUMPLE_WRITER_VERDICT_GUARD_SITES_H
#define CRUMPLE_WRITER_VERDICT_GUARD_SITES_H

#include <stdbool.h>
#include <stddef.h>

struct crash;

/**
 * Whether one of the innermost count frames of the first thread is in a function that calls the
 * __cxa_guard_acquire, _release or _abort of its own module; also true where this cannot be found out. A module
 * whose file has neither .symtab nor these names in .dynsym is taken for one without guards.
 */
bool guard_sites_on_stack(const struct crash *crash, size_t count);

#endif
