/* SPDX-License-Identifier: MIT */
/* C++ names through libstdc++: see demangle.h. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "demangle.h"

#define MOST_INPUT  8192
#define MOST_OUTPUT 16384

/* The Itanium C++ ABI's, from libstdc++; <cxxabi.h> is for C++ only. */
extern char *__cxa_demangle(const char *mangled, char *buffer, size_t *length, int *ret_status);

char *demangle_name(const char *name)
{
    char *readable = NULL;
    int status = -1;

    if (strncmp(name, "_Z", 2) == 0 && strlen(name) <= MOST_INPUT)
        readable = __cxa_demangle(name, NULL, NULL, &status);
    if (readable && (status != 0 || strlen(readable) > MOST_OUTPUT)) {
        free(readable);
        readable = NULL;
    }
    return readable ? readable : strdup(name);
}
