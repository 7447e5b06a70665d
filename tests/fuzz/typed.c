/* SPDX-License-Identifier: MIT */
/* Types, locations and values by debug information that somebody has damaged: all variables of a file, at all places. */
#include <libelf.h>
#include <string.h>

#include "fuzz.h"
#include "typed_call.h"
#include "typed_deadline.h"
#include "typed_locals.h"
#include "typed_name.h"
#include "typed_variable.h"

#define UNITS_MAX  4
#define PLACES_MAX 8

/* All memory holds the same: pointers lead on for ever. */
static bool read_memory(void *context, uint64_t address, void *bytes, size_t size)
{
    (void)context;
    memset(bytes, (int)(address >> 4), size);
    return address % 64 != 63;
}

static const struct typed_memory memory = {.read = read_memory};

static bool take(const struct typed_local *local, void *context)
{
    char text[300], name[TYPED_NAME_BYTES];
    (void)context;
    (void)typed_name(&local->type, name, sizeof name);
    if (!local->note)
        (void)typed_print(&local->type, &local->value, &memory, NULL, text, sizeof text);
    if (strlen(name) >= sizeof name || (!local->note && strlen(text) >= sizeof text))
        abort();
    return true;
}

static void look_at(Dwarf_Die *unit, uint64_t pc)
{
    struct typed_frame frame = {.known = 0xffff, .cfa = 0x7fff0000, .bias = 0x1000};
    uint64_t word;
    for (int i = 0; i < TYPED_REGISTERS; i++)
        frame.value[i] = 0x7ffe0000 + (uint64_t)i * 8;
    (void)typed_locals(unit, pc, &frame, &memory, typed_now_ms() + 500, take, NULL);
    (void)typed_call_read(unit, pc, "caller", 5, &frame, &memory, &word);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *copy = malloc(size + 1);
    struct typed_variable variable;
    size_t header;
    Dwarf_Off at = 0, next;
    memcpy(copy, bytes, size);
    elf_version(EV_CURRENT);
    Elf *elf = elf_memory(copy, size);
    Dwarf *dwarf = elf ? dwarf_begin_elf(elf, DWARF_C_READ, NULL) : NULL;
    for (int i = 0; dwarf && i < UNITS_MAX && dwarf_nextcu(dwarf, at, &next, &header, NULL, NULL, NULL) == 0;
         i++, at = next) {
        Dwarf_Die unit;
        Dwarf_Addr low = 0, high = 0;
        if (!dwarf_offdie(dwarf, at + header, &unit) || dwarf_lowpc(&unit, &low) != 0)
            continue;
        (void)dwarf_highpc(&unit, &high);
        for (uint64_t place = 0; place < PLACES_MAX; place++)
            look_at(&unit, low + (high - low) * place / PLACES_MAX);
    }
    if (dwarf && typed_find_variable(dwarf, "global", typed_now_ms() + 500, &variable)) {
        const struct typed_local local = {
            .name = "global", .type = variable.type, .value.address = variable.address};
        (void)take(&local, NULL);
    }
    if (dwarf)
        dwarf_end(dwarf);
    if (elf)
        elf_end(elf);
    free(copy);
    return 0;
}
