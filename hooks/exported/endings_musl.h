/* SPDX-License-Identifier: MIT */
/* What err() and its kin do: crumple's, or what is found without crumple. Written before constructors. */
#ifndef CRUMPLE_HOOKS_EXPORTED_ENDINGS_MUSL_H
#define CRUMPLE_HOOKS_EXPORTED_ENDINGS_MUSL_H

#include <stdarg.h>

extern void (*ending_verr)(int status, const char *format, va_list arguments);
extern void (*ending_verrx)(int status, const char *format, va_list arguments);
extern void (*ending_err)(int status, const char *format, ...);
extern void (*ending_errx)(int status, const char *format, ...);

#endif
