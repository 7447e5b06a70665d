/* SPDX-License-Identifier: MIT */
#include "typed_expression.h"

#include <dwarf.h>
#include <string.h>

#include "typed_arithmetic.h"
#include "typed_print.h"

#define STEPS_MAX      4096
#define NOT_UNDERSTOOD "<not understood>"

enum simple { SIMPLE_ADDRESS, SIMPLE_REGISTER, SIMPLE_VALUE, SIMPLE_BYTES, SIMPLE_NOTHING };

struct machine {
    Dwarf_Attribute *attribute;
    const Dwarf_Op *operations;
    size_t count, at;
    const struct typed_scene *scene;
    struct typed_stack stack;
    /* what the operations before the next piece, or the end, have come to */
    enum simple simple;
    unsigned register_number;
    const uint8_t *implicit;
    size_t implicit_size;
    bool has_pieces;
};

static const char *read_register(const struct machine *m, uint64_t number, uint64_t *ret)
{
    const struct typed_frame *frame = m->scene->frame;
    if (number >= TYPED_REGISTERS)
        return number < TYPED_REGISTERS + TYPED_VECTORS ? TYPED_NOT_SAVED : NOT_UNDERSTOOD;
    if (!(frame->known >> number & 1))
        return TYPED_NOT_SAVED;
    *ret = frame->value[number];
    return NULL;
}

static const char *push(struct machine *m, uint64_t word)
{
    return typed_stack_push(&m->stack, word) ? NULL : NOT_UNDERSTOOD;
}

static const char *push_register(struct machine *m, uint64_t number, uint64_t offset)
{
    uint64_t word;
    const char *why = read_register(m, number, &word);
    return why ? why : push(m, word + offset);
}

static const char *dereference(struct machine *m, uint64_t size)
{
    uint64_t address, word = 0;
    if (size == 0 || size > 8 || !typed_stack_pop(&m->stack, &address))
        return NOT_UNDERSTOOD;
    if (!typed_read(m->scene->memory, address, &word, size))
        return TYPED_UNREADABLE;
    return push(m, word);
}

/* An address that stands in a table of its own. */
static const char *push_indexed(struct machine *m, const Dwarf_Op *operation, bool is_address)
{
    Dwarf_Attribute attribute;
    Dwarf_Addr address;
    Dwarf_Word word;
    if (dwarf_getlocation_attr(m->attribute, operation, &attribute) != 0)
        return NOT_UNDERSTOOD;
    if (is_address)
        return dwarf_formaddr(&attribute, &address) == 0 ? push(m, address + m->scene->frame->bias)
                                                         : NOT_UNDERSTOOD;
    return dwarf_formudata(&attribute, &word) == 0 ? push(m, word) : NOT_UNDERSTOOD;
}

/* DW_OP_skip and DW_OP_bra name a byte; libdw gives each operation its own. */
static const char *jump(struct machine *m, const Dwarf_Op *operation)
{
    const uint64_t target = operation->offset + 3 + (uint64_t)(int64_t)(int16_t)operation->number;
    for (size_t i = 0; i < m->count; i++)
        if (m->operations[i].offset == target) {
            m->at = i;
            return NULL;
        }
    if (m->count && target > m->operations[m->count - 1].offset) {
        m->at = m->count;
        return NULL;
    }
    return NOT_UNDERSTOOD;
}

static const char *take_implicit(struct machine *m, const Dwarf_Op *operation)
{
    Dwarf_Block block;
    if (dwarf_getlocation_implicit_value(m->attribute, operation, &block) != 0)
        return NOT_UNDERSTOOD;
    m->simple = SIMPLE_BYTES;
    m->implicit = block.data;
    m->implicit_size = block.length;
    return NULL;
}

/* Of a register alone: what the caller has put there for the call, if the caller still knows it. */
static const char *push_entry(struct machine *m, const Dwarf_Op *operation)
{
    const struct typed_entry *entry = &m->scene->frame->entry;
    Dwarf_Attribute attribute;
    Dwarf_Op *inner;
    size_t count;
    uint64_t word;
    if (!entry->read || dwarf_getlocation_attr(m->attribute, operation, &attribute) != 0 ||
        dwarf_getlocation(&attribute, &inner, &count) != 0 || count != 1 || inner[0].atom < DW_OP_reg0 ||
        inner[0].atom > DW_OP_reg31 ||
        !entry->read(entry->context, (unsigned)(inner[0].atom - DW_OP_reg0), &word))
        return TYPED_OPTIMISED;
    return push(m, word);
}

static const char *take_register(struct machine *m, uint64_t number)
{
    m->simple = SIMPLE_REGISTER;
    m->register_number = number < UINT32_MAX ? (unsigned)number : UINT32_MAX;
    return NULL;
}

/* Operations that read the frame, its memory or the debug information; those of the stack alone are
 * typed_arithmetic's. */
static const char *run_one(struct machine *m, const Dwarf_Op *operation)
{
    const int atom = operation->atom;
    uint64_t condition;
    if (atom >= DW_OP_reg0 && atom <= DW_OP_reg31)
        return take_register(m, (unsigned)(atom - DW_OP_reg0));
    if (atom >= DW_OP_breg0 && atom <= DW_OP_breg31)
        return push_register(m, (unsigned)(atom - DW_OP_breg0), operation->number);
    switch (atom) {
    case DW_OP_regx:
        return take_register(m, operation->number);
    case DW_OP_bregx:
        return push_register(m, operation->number, operation->number2);
    case DW_OP_fbreg:
        return m->scene->no_base ? m->scene->no_base : push(m, m->scene->frame_base + operation->number);
    case DW_OP_call_frame_cfa:
        return m->scene->frame->cfa ? push(m, m->scene->frame->cfa) : TYPED_NOT_SAVED;
    case DW_OP_addr:
        return push(m, operation->number + m->scene->frame->bias);
    case DW_OP_addrx:
    case DW_OP_GNU_addr_index:
        return push_indexed(m, operation, true);
    case DW_OP_constx:
    case DW_OP_GNU_const_index:
        return push_indexed(m, operation, false);
    case DW_OP_deref:
        return dereference(m, 8);
    case DW_OP_deref_size:
        return dereference(m, operation->number);
    case DW_OP_skip:
        return jump(m, operation);
    case DW_OP_bra:
        if (!typed_stack_pop(&m->stack, &condition))
            return NOT_UNDERSTOOD;
        return condition ? jump(m, operation) : NULL;
    case DW_OP_stack_value:
        m->simple = SIMPLE_VALUE;
        return NULL;
    case DW_OP_implicit_value:
        return take_implicit(m, operation);
    case DW_OP_entry_value:
    case DW_OP_GNU_entry_value:
        return push_entry(m, operation);
    case DW_OP_implicit_pointer:
    case DW_OP_GNU_implicit_pointer:
    case DW_OP_GNU_variable_value:
        return TYPED_OPTIMISED;
    default:
        return typed_arithmetic(&m->stack, operation) ? NULL : NOT_UNDERSTOOD;
    }
}

static const char *copy_register(const struct machine *m, uint8_t *bytes, size_t *size)
{
    const struct typed_frame *frame = m->scene->frame;
    const unsigned number = m->register_number;
    uint64_t word;
    if (number >= TYPED_REGISTERS && number < TYPED_REGISTERS + TYPED_VECTORS && frame->xmm) {
        *size = *size < 16 ? *size : 16;
        memcpy(bytes, frame->xmm[number - TYPED_REGISTERS], *size);
        return NULL;
    }
    const char *why = read_register(m, number, &word);
    if (why)
        return why;
    *size = *size < sizeof word ? *size : sizeof word;
    memcpy(bytes, &word, *size);
    return NULL;
}

/* The bytes of what was found, up to *size; *size becomes how many there are. */
static const char *copy_simple(struct machine *m, uint8_t *bytes, size_t *size)
{
    uint64_t word;
    switch (m->simple) {
    case SIMPLE_REGISTER:
        return copy_register(m, bytes, size);
    case SIMPLE_BYTES:
        *size = *size < m->implicit_size ? *size : m->implicit_size;
        memcpy(bytes, m->implicit, *size);
        return NULL;
    case SIMPLE_NOTHING:
        return TYPED_OPTIMISED;
    default:
        if (!typed_stack_pop(&m->stack, &word))
            return TYPED_OPTIMISED; /* an empty piece: the optimiser has left it out */
    }
    if (m->simple == SIMPLE_ADDRESS)
        return typed_read(m->scene->memory, word, bytes, *size) ? NULL : TYPED_UNREADABLE;
    *size = *size < sizeof word ? *size : sizeof word;
    memcpy(bytes, &word, *size);
    return NULL;
}

/* What cannot be had of a piece does not keep the others from being shown. */
static const char *take_piece(struct machine *m, uint64_t size, struct typed_location *location)
{
    if (size > TYPED_PIECES_BYTES - location->size)
        return NOT_UNDERSTOOD;
    size_t copied = size;
    if (!copy_simple(m, location->bytes + location->size, &copied))
        memset(location->known + location->size, 1, copied);
    location->size += size;
    m->has_pieces = true;
    m->stack.count = 0;
    m->simple = SIMPLE_ADDRESS;
    return NULL;
}

static const char *finish(struct machine *m, struct typed_location *location)
{
    size_t size = 16;
    if (m->has_pieces)
        return memchr(location->known, 1, location->size) ? NULL : TYPED_OPTIMISED;
    if (m->simple == SIMPLE_ADDRESS) {
        location->kind = TYPED_AT_ADDRESS;
        return typed_stack_pop(&m->stack, &location->address) ? NULL : TYPED_OPTIMISED;
    }
    if (m->simple == SIMPLE_BYTES)
        size = TYPED_PIECES_BYTES;
    const char *why = copy_simple(m, location->bytes, &size);
    memset(location->known, 1, size);
    location->size = size;
    return why;
}

static const char *run(struct machine *m, struct typed_location *ret)
{
    const char *why = NULL;
    ret->kind = TYPED_IN_BYTES;
    ret->size = 0;
    memset(ret->known, 0, sizeof ret->known);
    for (int steps = 0; m->at < m->count; steps++) {
        const Dwarf_Op *operation = &m->operations[m->at++];
        if (steps == STEPS_MAX)
            return NOT_UNDERSTOOD;
        if (operation->atom == DW_OP_piece) {
            why = take_piece(m, operation->number, ret);
        } else {
            why = run_one(m, operation);
            if (why) { /* of this piece alone, if it is one */
                while (m->at < m->count && m->operations[m->at].atom != DW_OP_piece)
                    m->at++;
                m->simple = SIMPLE_NOTHING;
                why = m->at < m->count ? NULL : why;
            }
        }
        if (why)
            return why;
    }
    return finish(m, ret);
}

const char *typed_evaluate(Dwarf_Attribute *attribute, const Dwarf_Op *operations, size_t count,
                           const struct typed_scene *scene, struct typed_location *ret)
{
    struct machine m = {.attribute = attribute, .operations = operations, .count = count, .scene = scene};
    return run(&m, ret);
}

const char *typed_evaluate_word(Dwarf_Attribute *attribute, const Dwarf_Op *operations, size_t count,
                                const struct typed_scene *scene, uint64_t *ret_word)
{
    struct typed_location location;
    const char *why = typed_evaluate(attribute, operations, count, scene, &location);
    if (why)
        return why;
    if (location.kind == TYPED_AT_ADDRESS) {
        *ret_word = location.address;
        return NULL;
    }
    if (location.size < sizeof *ret_word || memchr(location.known, 0, sizeof *ret_word))
        return TYPED_NOT_SAVED;
    memcpy(ret_word, location.bytes, sizeof *ret_word);
    return NULL;
}
