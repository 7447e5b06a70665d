/* SPDX-License-Identifier: MIT */
/* C++ names through libstdc++: see lookup/demangle.h. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lookup/demangle.h"

#define INPUT_MAX  8192
#define OUTPUT_MAX 16384

/* The Itanium C++ ABI's, from libstdc++; <cxxabi.h> is for C++ only. */
extern char *__cxa_demangle(const char *mangled, char *buffer, size_t *length, int *ret_status);

/* Take out every piece that begins with from and ends with to, putting instead in its place. In place:
 * instead is never longer. */
static void replace(char *text, const char *from, char to, const char *instead)
{
    char *at = text;

    while ((at = strstr(at, from)) != NULL) {
        char *end = strchr(at + strlen(from), to);

        if (!end)
            return;
        memcpy(at, instead, strlen(instead));
        at += strlen(instead);
        memmove(at, end + 1, strlen(end + 1) + 1);
    }
}

/* Names as people write them: what the library spells out, and which clone the compiler made. */
static void shorten(char *readable)
{
    replace(readable, "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> ", '>',
            "std::string");
    replace(readable, " [clone ", ']', "");
}

char *demangle_name(const char *name)
{
    char *readable = NULL;
    int status = -1;

    if (strncmp(name, "_Z", 2) == 0 && strlen(name) <= INPUT_MAX)
        readable = __cxa_demangle(name, NULL, NULL, &status);
    if (readable && (status != 0 || strlen(readable) > OUTPUT_MAX)) {
        free(readable);
        readable = NULL;
    }
    if (!readable)
        return strdup(name);
    shorten(readable);
    return readable;
}
