/* SPDX-License-Identifier: MIT */
/* Mangled names: of start routines in the shim. */
#include <string.h>

#include "fuzz.h"
#include "itanium.h"

static void take(const char *name, size_t room)
{
    char *text = malloc(room), *mangled = malloc(room);
    if (itanium_name(name, text, room) && strlen(text) >= room)
        abort();
    if (itanium_callable(name, mangled, text, room) && (strlen(text) >= room || strlen(mangled) >= room))
        abort();
    free(mangled);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *name = strndup((const char *)bytes, size);
    take(name, 512);
    take(name, 5);
    take(name, 1);
    free(name);
    return 0;
}
