/* SPDX-License-Identifier: MIT */
#ifndef PRELOAD_CAPTURE_EXCEPTION_GLOBALS_H
#define PRELOAD_CAPTURE_EXCEPTION_GLOBALS_H

#include <stdint.h>

/*
 * Where the thread with this fs_base has its __cxa_eh_globals, by the code of __cxa_get_globals_fast. The
 * function itself must not be called: __tls_get_addr may allocate, and take the loader's lock. 0: this thread
 * has none, or the code is not one of those that compilers write.
 */
uint64_t safe_exception_globals(uint64_t function, uint64_t fs_base);

#endif
