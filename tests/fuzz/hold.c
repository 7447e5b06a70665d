/* SPDX-License-Identifier: MIT */
/* A request for a held socket: two of them, whose keys are compared. */
#include <string.h>

#include "hold/key.h"
#include "hold/message.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct crumple_hold_request one, other;
    const size_t first = size > sizeof one ? sizeof one : size;
    if (message_check(bytes, first, &one) < 0 || !key_normalise(&one.key))
        return 0;
    if (key_compare(&one.key, &one.key) != KEY_SAME)
        abort();
    const char *path = key_path(&one.key);
    if (path && (path[0] != '/' || strlen(path) >= sizeof one.key.address))
        abort();
    if (message_check(bytes + first, size - first, &other) < 0 || !key_normalise(&other.key))
        return 0;
    if (key_compare(&one.key, &other.key) != key_compare(&other.key, &one.key))
        abort();
    return 0;
}
