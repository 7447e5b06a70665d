/* SPDX-License-Identifier: MIT */
/*
 * Uncaught C++ exceptions. The unwinder asks recover_invoke's personality in the search phase, while the
 * frames of the throw still exist. The fault is reported from there. Then the exception is either caught at
 * the recovery frame, after an unwinding that runs every destructor, or left to std::terminate, with the
 * stack intact.
 */
#ifndef PRELOAD_END_UNCAUGHT_H
#define PRELOAD_END_UNCAUGHT_H

/* Looks up what of the C++ runtime is there. Ordinary code, once. */
void recover_exception_prepare(void *(*find)(const char *));

#endif
