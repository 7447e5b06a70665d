/* SPDX-License-Identifier: MIT */
/*
 * C++ exceptions that nobody catches. recover_invoke's personality is asked in the search phase, when the
 * frames of the throw still stand: the fault is reported from there, and either caught at the recovery frame,
 * after an unwinding in which every destructor runs, or left to std::terminate, with the stack intact.
 */
#ifndef PRELOAD_END_UNCAUGHT_H
#define PRELOAD_END_UNCAUGHT_H

/* Looks up what of the C++ runtime is there. Ordinary code, once. */
void recover_exception_prepare(void *(*find)(const char *));

#endif
