/* SPDX-License-Identifier: MIT */
/*
 * The qualified name in a mangled one (Itanium C++ ABI, section 5.1), as people write it in a pattern:
 * 'game::Server::serve', without arguments, template arguments and return types; '{lambda}' for a closure,
 * '(anonymous namespace)' for what has none. Anything it does not understand is an error, not a guess.
 * No allocation, bounded recursion.
 */
#ifndef PRELOAD_ROUTINES_ITANIUM_H
#define PRELOAD_ROUTINES_ITANIUM_H

#include <stdbool.h>
#include <stddef.h>

/* A symbol ('_ZN4game6Server5serveEPv'). False, *ret untouched, for what is not mangled or not understood. */
bool routines_demangle(const char *symbol, char *ret, size_t size);
/*
 * The callable of a std::thread, from the type name of its state ('NSt6thread11_State_implI...'): its own
 * mangled type, and its qualified name ("" for a plain pointer to a function). False where it is none.
 */
bool routines_callable(const char *type, char *ret_mangled, char *ret_text, size_t size);

#endif
