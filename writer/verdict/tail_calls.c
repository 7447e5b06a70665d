/* SPDX-License-Identifier: MIT */
#include "verdict/tail_calls.h"

#include <string.h>

#include "code/eh_frame.h"

#define WRAPPER_BYTES 512 /* a function that only hands on is small */

/* Where the jump at code goes, which lies at address: 0: it is none. *ret_is_import: through the linkage
 * table or an entry of the global offset table. */
static uint64_t jump_target(const struct memory *memory, const uint8_t *code, uint64_t address,
                            struct import_name *ret_name, bool *ret_is_import)
{
    int32_t distance;
    *ret_is_import = false;
    if (code[0] == 0xff && code[1] == 0x25) {
        *ret_is_import = imports_stub(memory, address, ret_name);
        return address;
    }
    size_t length = code[0] == 0xe9 ? 5 : code[0] == 0x0f && (code[1] & 0xf0) == 0x80 ? 6 : 0;
    if (!length)
        return 0;
    memcpy(&distance, code + length - 4, sizeof distance);
    uint64_t target = address + length + (uint64_t)(int64_t)distance;
    *ret_is_import = imports_stub(memory, target, ret_name);
    return target;
}

static bool is_equal(const struct import_name *a, const struct import_name *b)
{
    return a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

bool tail_calls_find(const struct memory *memory, uint64_t address, struct import_name *ret_name)
{
    const struct module *module = modules_find(memory->modules, address);
    struct import_name found = {0}, name = {0};
    struct eh_procedure wrapper;
    uint8_t code[WRAPPER_BYTES + 8] = {0};
    bool is_import;
    if (!module || eh_frame_find(memory, module, address, &wrapper) < 0 || wrapper.start != address ||
        wrapper.end - wrapper.start > WRAPPER_BYTES ||
        !memory_read(memory, address, code, wrapper.end - wrapper.start))
        return false;
    for (uint64_t at = wrapper.start; at < wrapper.end; at++) {
        uint64_t target = jump_target(memory, code + (at - wrapper.start), at, &name, &is_import);
        if (!target || (!is_import && target >= wrapper.start && target < wrapper.end))
            continue;
        /* Bytes inside of an instruction may look like a jump: better no answer than a wrong one. */
        if (!is_import || (found.text && !is_equal(&found, &name)))
            return false;
        found = name;
    }
    *ret_name = found;
    return found.text != NULL;
}
