/* SPDX-License-Identifier: MIT */
/*
 * The qualified name in a mangled name (Itanium C++ ABI, section 5.1), in the form that people write in a
 * pattern: 'game::Server::serve', without arguments, template arguments and return types; '{lambda}' for a
 * closure, '(anonymous namespace)' for an unnamed one. Input that it does not understand is an error: it
 * never guesses. No allocation, bounded recursion. The shim calls it in pthread_create.
 */
#ifndef CRUMPLE_SETTINGS_ITANIUM_H
#define CRUMPLE_SETTINGS_ITANIUM_H

#include <stdbool.h>
#include <stddef.h>

/** Demangles a symbol ('_ZN4game6Server5serveEPv'). False, *ret untouched, if it is not mangled or not
 * understood. */
bool itanium_name(const char *symbol, char *ret, size_t size);
/**
 * Finds the callable of a std::thread in the type name of the thread's state ('NSt6thread11_State_implI...'):
 * its mangled type, and its qualified name ("" for a plain pointer to a function). False if there is none.
 */
bool itanium_callable(const char *type, char *ret_mangled, char *ret_text, size_t size);

#endif
