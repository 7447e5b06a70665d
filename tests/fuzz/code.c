/* SPDX-License-Identifier: MIT */
/* Machine code that is followed to its return, and from its beginning to a place. */
#include <string.h>

#include "code/way.h"
#include "fuzz.h"

#define CODE 0x10000

static bool refuse(void *context, const struct machine *machine)
{
    uint64_t *sum = context;
    for (unsigned i = 0; i < 16; i++)
        *sum += machine->registers[i].number;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uint64_t sum = 0;
    if (size < 3)
        return 0;
    struct core_segment segment = {CODE, size - 2, bytes + 2};
    struct core_file core = {.segments = &segment, .segment_count = 1};
    struct modules modules = {0};
    const struct maps maps = {0};
    const struct memory memory = {&core, &modules, &maps};
    struct machine machine = {.memory = &memory};
    machine.registers[MACHINE_RSP] =
        (struct machine_value){CODE, MACHINE_NUMBER}; /* the code is its own stack */
    const struct way out = {&memory, CODE + bytes[0], 0, 0, 0, refuse, &sum};
    (void)way_go(&out, &machine);
    const struct way in = {&memory, CODE, CODE + bytes[1], CODE, CODE + size, refuse, &sum};
    machine = (struct machine){0};
    machine.registers[MACHINE_RSP] = (struct machine_value){UINT64_C(1) << 40, MACHINE_NUMBER};
    (void)way_go(&in, &machine);
    return 0;
}
