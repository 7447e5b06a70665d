/* SPDX-License-Identifier: MIT */
/* Names of functions and types, as files and cores of strangers have them. */
#include <string.h>

#include "fuzz.h"
#include "readable_name.h"

/* A name in punycode that is longer than any text may be is left by a jump. */
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

static void take(const char *bytes, size_t size, size_t room)
{
    char *text = malloc(room), *name = malloc(size + 1);
    memcpy(name, bytes, size);
    name[size] = '\0';
    (void)name_readable(bytes, size, text, room);
    if (strlen(text) >= room)
        abort();
    (void)name_readable_type(name, text, room);
    if (strlen(text) >= room)
        abort();
    free(name);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    take((const char *)bytes, size, 300);
    take((const char *)bytes, size, 7);
    take((const char *)bytes, size, 1);
    return 0;
}
