/* SPDX-License-Identifier: MIT */
#include "code/instruction.h"

#include <string.h>

#define REX_W 8
#define REX_R 4
#define REX_X 2
#define REX_B 1

/* What follows an opcode. */
enum form {
    BAD = 0,
    NONE,     /* nothing */
    I1,       /* one byte */
    I4,       /* four bytes, two with the operand size prefix */
    M,        /* ModRM */
    M1,       /* ModRM and one byte */
    M4,       /* ModRM and four bytes, or two */
    I2,       /* two bytes */
    I3,       /* three bytes: enter */
    MOVE,     /* an immediate of the operand's full size */
    ABSOLUTE, /* an address of eight bytes, four with its size prefix */
    TEST1,    /* ModRM; the first two of the group have an immediate */
    TEST4,
    J4 /* four bytes, whatever the prefixes say */
};

#define ALU M, M, M, M, I1, I4, BAD, BAD

/* Prefixes are BAD here. */
static const uint8_t one_byte[256] = {
    ALU,      ALU,      ALU,      ALU,      ALU,  ALU,  ALU,   ALU, /* 00 */
    BAD,      BAD,      BAD,      BAD,      BAD,  BAD,  BAD,   BAD,
    BAD,      BAD,      BAD,      BAD,      BAD,  BAD,  BAD,   BAD, /* 40 */
    NONE,     NONE,     NONE,     NONE,     NONE, NONE, NONE,  NONE,
    NONE,     NONE,     NONE,     NONE,     NONE, NONE, NONE,  NONE, /* 50 */
    BAD,      BAD,      BAD,      M,        BAD,  BAD,  BAD,   BAD,
    I4,       M4,       I1,       M1,       NONE, NONE, NONE,  NONE, /* 60 */
    I1,       I1,       I1,       I1,       I1,   I1,   I1,    I1,
    I1,       I1,       I1,       I1,       I1,   I1,   I1,    I1, /* 70 */
    M1,       M4,       BAD,      M1,       M,    M,    M,     M,
    M,        M,        M,        M,        M,    M,    M,     M, /* 80 */
    NONE,     NONE,     NONE,     NONE,     NONE, NONE, NONE,  NONE,
    NONE,     NONE,     BAD,      NONE,     NONE, NONE, NONE,  NONE, /* 90 */
    ABSOLUTE, ABSOLUTE, ABSOLUTE, ABSOLUTE, NONE, NONE, NONE,  NONE,
    I1,       I4,       NONE,     NONE,     NONE, NONE, NONE,  NONE, /* a0 */
    I1,       I1,       I1,       I1,       I1,   I1,   I1,    I1,
    MOVE,     MOVE,     MOVE,     MOVE,     MOVE, MOVE, MOVE,  MOVE, /* b0 */
    M1,       M1,       I2,       NONE,     BAD,  BAD,  M1,    M4,
    I3,       NONE,     I2,       NONE,     NONE, I1,   BAD,   NONE, /* c0 */
    M,        M,        M,        M,        BAD,  BAD,  BAD,   NONE,
    M,        M,        M,        M,        M,    M,    M,     M, /* d0 */
    I1,       I1,       I1,       I1,       I1,   I1,   I1,    I1,
    J4,       J4,       BAD,      I1,       NONE, NONE, NONE,  NONE, /* e0 */
    BAD,      NONE,     BAD,      BAD,      NONE, NONE, TEST1, TEST4,
    NONE,     NONE,     NONE,     NONE,     NONE, NONE, M,     M /* f0 */
};

/* The map of 0f. */
static enum form two_byte(uint8_t opcode)
{
    switch (opcode) {
    case 0x04:
    case 0x0a:
    case 0x0c:
    case 0x0f:
    case 0x36:
    case 0x38 ... 0x3f:
    case 0x24 ... 0x27:
    case 0x7a:
    case 0x7b:
        return BAD;
    case 0x05 ... 0x09:
    case 0x0b:
    case 0x0e:
    case 0x30 ... 0x35:
    case 0x37:
    case 0x77:
    case 0xa0 ... 0xa2:
    case 0xa8 ... 0xaa:
    case 0xc8 ... 0xcf:
        return NONE;
    case 0x70 ... 0x73:
    case 0xa4:
    case 0xac:
    case 0xba:
    case 0xc2:
    case 0xc4 ... 0xc6:
        return M1;
    case 0x80 ... 0x8f:
        return J4;
    default:
        return M;
    }
}

struct reader {
    const uint8_t *code;
    size_t size, at;
    bool failed;
    uint8_t rex;
    uint8_t repeat, segment;          /* the last prefix of f2, f3; of 64, 65 */
    bool is_short, has_short_address; /* prefixes 66 and 67 */
    bool has_rex;
};

static uint8_t take(struct reader *reader)
{
    if (reader->at >= reader->size || reader->at >= INSTRUCTION_BYTES) {
        reader->failed = true;
        return 0;
    }
    return reader->code[reader->at++];
}

static uint64_t take_signed(struct reader *reader, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)take(reader) << (8 * i);
    if (size && size < 8 && value >> (8 * size - 1))
        value |= UINT64_MAX << (8 * size);
    return value;
}

static uint8_t take_prefixes(struct reader *reader)
{
    for (;;) {
        uint8_t byte = take(reader);
        if (byte == 0x66)
            reader->is_short = true;
        else if (byte == 0x67)
            reader->has_short_address = true;
        else if (byte != 0xf0 && byte != 0xf2 && byte != 0xf3 && byte != 0x2e && byte != 0x36 &&
                 byte != 0x3e && byte != 0x26 && byte != 0x64 && byte != 0x65) {
            if ((byte & 0xf0) != 0x40)
                return byte;
            reader->rex = byte & 0x0f;
            reader->has_rex = true;
            return take(reader);
        } else if (byte == 0xf2 || byte == 0xf3) {
            reader->repeat = byte;
        } else if (byte == 0x64 || byte == 0x65) {
            reader->segment = byte;
        }
        if (reader->failed)
            return 0;
    }
}

/* VEX and EVEX: the map is one of the old ones; ModRM is always there but for vzeroupper. */
static enum form take_vector(struct reader *reader, uint8_t first, struct instruction *insn)
{
    uint8_t byte = take(reader), map = first == 0xc5 ? 1 : first == 0xc4 ? byte & 0x1f : byte & 7;
    reader->rex = (uint8_t)((byte & 0x80 ? 0 : REX_R) | (first == 0xc5 || byte & 0x20 ? 0 : REX_B) |
                            (first == 0xc5 || byte & 0x40 ? 0 : REX_X));
    const uint8_t second = first == 0xc5 ? byte & 0x7f : take(reader), prefix = second & 3;
    reader->rex |= second & 0x80 ? REX_W : 0;
    reader->is_short |= prefix == 1;
    reader->repeat = prefix < 2 ? 0 : prefix == 2 ? 0xf3 : 0xf2;
    insn->vector_bytes = (uint8_t)(first == 0x62 ? 16U << (take(reader) >> 5 & 3) : second & 4 ? 32 : 16);
    insn->opcode = take(reader);
    insn->map = (uint8_t)(map + 0x10);
    insn->is_evex = first == 0x62;
    if (map == 1 && insn->opcode == 0x77)
        return NONE;
    if (map == 1)
        return two_byte(insn->opcode) == M1 ? M1 : M;
    return map == 3 ? M1 : map == 2 || map == 5 || map == 6 ? M : BAD;
}

static enum form take_opcode(struct reader *reader, struct instruction *insn)
{
    uint8_t byte = take_prefixes(reader);
    insn->opcode = byte;
    if (byte == 0xc4 || byte == 0xc5 || byte == 0x62)
        return take_vector(reader, byte, insn);
    if (byte != 0x0f)
        return one_byte[byte];
    insn->map = 1;
    insn->opcode = take(reader);
    if (insn->opcode != 0x38 && insn->opcode != 0x3a)
        return two_byte(insn->opcode);
    insn->map = insn->opcode == 0x38 ? 2 : 3;
    insn->opcode = take(reader);
    return insn->map == 2 ? M : M1;
}

/* Returns the distance from %rip where the operand has one. */
static uint64_t take_operand(struct reader *reader, struct instruction *insn)
{
    uint8_t modrm = take(reader), base = modrm & 7;
    insn->has_modrm = true;
    insn->mod = modrm >> 6;
    insn->reg = (uint8_t)((modrm >> 3 & 7) | (reader->rex & REX_R ? 8 : 0));
    insn->rm = (uint8_t)(base | (reader->rex & REX_B ? 8 : 0));
    if (insn->mod == 3)
        return 0;
    insn->is_relative = insn->mod == 0 && base == 5;
    insn->base = insn->is_relative ? INSTRUCTION_NO_REGISTER : insn->rm;
    if (base == 4) {
        uint8_t sib = take(reader), index = (uint8_t)((sib >> 3 & 7) | (reader->rex & REX_X ? 8 : 0));
        base = sib & 7;
        insn->scale = (uint8_t)(1U << (sib >> 6));
        insn->index = index == 4 ? INSTRUCTION_NO_REGISTER : index;
        insn->base = insn->mod == 0 && base == 5 ? INSTRUCTION_NO_REGISTER
                                                 : (uint8_t)(base | (reader->rex & REX_B ? 8 : 0));
    }
    if (insn->mod == 2 || (insn->mod == 0 && base == 5))
        return take_signed(reader, 4);
    return insn->mod == 1 ? take_signed(reader, 1) : 0;
}

static unsigned immediate_size(const struct reader *reader, const struct instruction *insn, enum form form)
{
    const unsigned size = reader->is_short && !(reader->rex & REX_W) ? 2 : 4;
    switch (form) {
    case I1:
    case M1:
        return 1;
    case I2:
        return 2;
    case I3:
        return 3;
    case I4:
    case M4:
        return size;
    case J4:
        return 4;
    case MOVE:
        return reader->rex & REX_W ? 8 : size;
    case ABSOLUTE:
        return reader->has_short_address ? 4 : 8;
    case TEST1:
        return (insn->reg & 7) < 2;
    case TEST4:
        return (insn->reg & 7) < 2 ? size : 0;
    default:
        return 0;
    }
}

bool instruction_decode(const uint8_t *code, size_t size, struct instruction *ret_insn)
{
    struct reader reader = {.code = code, .size = size};
    struct instruction insn = {.base = INSTRUCTION_NO_REGISTER, .index = INSTRUCTION_NO_REGISTER};
    uint64_t distance = 0;
    enum form form = take_opcode(&reader, &insn);
    if (form == BAD)
        return false;
    if (form == M || form == M1 || form == M4 || form == TEST1 || form == TEST4)
        distance = take_operand(&reader, &insn);
    /* Another instruction set's (XOP), or none at all. */
    if (!insn.map && ((insn.opcode == 0x8f && insn.reg & 7) || (insn.opcode == 0xff && (insn.reg & 7) == 7)))
        return false;
    (void)take_signed(&reader, immediate_size(&reader, &insn, form));
    if (reader.failed)
        return false;
    if (!insn.has_modrm)
        insn.rm = (uint8_t)((insn.opcode & 7) | (reader.rex & REX_B ? 8 : 0));
    insn.length = (uint8_t)reader.at;
    insn.displacement = distance;
    insn.repeat = reader.repeat;
    insn.segment = reader.segment;
    insn.is_short = reader.is_short;
    insn.is_wide = reader.rex & REX_W;
    insn.has_rex = reader.has_rex;
    insn.has_short_address = reader.has_short_address;
    *ret_insn = insn;
    return true;
}
