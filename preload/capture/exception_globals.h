/* SPDX-License-Identifier: MIT */
#ifndef CRUMPLE_PRELOAD_CAPTURE_EXCEPTION_GLOBALS_H
#define CRUMPLE_PRELOAD_CAPTURE_EXCEPTION_GLOBALS_H

#include <stdint.h>

/**
 * Returns the address of the thread's __cxa_eh_globals, by decoding __cxa_get_globals_fast. The function
 * itself must not be called: __tls_get_addr may allocate and take the loader's lock. 0: this thread has none,
 * or no known compiler made that code. In the helper.
 */
uint64_t safe_exception_globals(uint64_t function, uint64_t fs_base);

#endif
