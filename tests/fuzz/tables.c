/* SPDX-License-Identifier: MIT */
/* Exception tables: .gcc_except_table and the encoded pointers of .eh_frame. */
#include <string.h>

#include "fuzz.h"
#include "code/lsda.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uint8_t *copy;

    if (size < 3 || !(copy = malloc(size - 3)))
        return 0;
    memcpy(copy, bytes + 3, size - 3);
    const struct eh_bytes all = {copy, copy + size - 3, 0x5000, false};
    (void)lsda_look(all, 0x1000, 0x1000u + bytes[0], bytes[1] & 1, bytes[1] & 2);
    struct eh_bytes pointer = all;
    (void)eh_pointer(&pointer, bytes[0], bytes[1] & 2);
    (void)eh_sleb(&pointer);
    free(copy);
    return 0;
}
