/* SPDX-License-Identifier: MIT */
#include "code/eh_bytes.h"

#include <string.h>

uint64_t eh_number(struct eh_bytes *bytes, size_t size)
{
    uint64_t number = 0;
    if (bytes->failed || (size_t)(bytes->end - bytes->at) < size) {
        bytes->failed = true;
        return 0;
    }
    memcpy(&number, bytes->at, size); /* little-endian, as the core */
    eh_skip(bytes, size);
    return number;
}

void eh_skip(struct eh_bytes *bytes, uint64_t size)
{
    if (bytes->failed || (uint64_t)(bytes->end - bytes->at) < size) {
        bytes->failed = true;
        return;
    }
    bytes->at += size;
    bytes->address += size;
}

/* Both kinds of LEB128; *ret_shift is the number of bits read. */
static uint64_t eh_leb(struct eh_bytes *bytes, unsigned *ret_shift, uint8_t *ret_last)
{
    uint64_t number = 0;
    uint8_t byte;
    unsigned shift = 0;
    do {
        byte = (uint8_t)eh_number(bytes, 1);
        if (shift >= 64)
            bytes->failed = true;
        else
            number |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while ((byte & 0x80) && !bytes->failed);
    *ret_shift = shift;
    *ret_last = byte;
    return bytes->failed ? 0 : number;
}

uint64_t eh_uleb(struct eh_bytes *bytes)
{
    unsigned shift;
    uint8_t last;
    return eh_leb(bytes, &shift, &last);
}

int64_t eh_sleb(struct eh_bytes *bytes)
{
    unsigned shift;
    uint8_t last;
    uint64_t number = eh_leb(bytes, &shift, &last);
    if (!bytes->failed && (last & 0x40) && shift < 64)
        number |= ~UINT64_C(0) << shift;
    return (int64_t)number;
}

size_t eh_pointer_size(uint8_t encoding)
{
    static const uint8_t sizes[16] = {[0] = 8, [2] = 2, [3] = 4, [4] = 8, [10] = 2, [11] = 4, [12] = 8};
    return encoding == EH_OMIT ? 0 : sizes[encoding & 0x0f];
}

uint64_t eh_pointer(struct eh_bytes *bytes, uint8_t encoding, bool has_bias)
{
    const uint64_t here = bytes->address;
    const size_t size = eh_pointer_size(encoding);
    uint64_t value;
    if ((encoding & 0x0f) == 1)
        value = eh_uleb(bytes);
    else if ((encoding & 0x0f) == 9)
        value = (uint64_t)eh_sleb(bytes);
    else if (size)
        value = eh_number(bytes, size);
    else
        bytes->failed = true, value = 0;
    if ((encoding & 0x08) && size && size < 8) /* signed */
        value = (value ^ UINT64_C(1) << (8 * size - 1)) - (UINT64_C(1) << (8 * size - 1));
    if (bytes->failed || value == 0)
        return 0;
    switch (encoding & 0x70) {
    case 0x00:
        bytes->failed |= has_bias;
        return bytes->failed ? 0 : value;
    case 0x10:
        return here + value;
    default: /* relative to text, data or function: not used on x86-64 */
        bytes->failed = true;
        return 0;
    }
}
