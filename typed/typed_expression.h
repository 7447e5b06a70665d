/* SPDX-License-Identifier: MIT */
/* What a location expression comes to (DWARF 5, 2.5 and 2.6), with the registers of one frame. */
#ifndef CRUMPLE_TYPED_TYPED_EXPRESSION_H
#define CRUMPLE_TYPED_TYPED_EXPRESSION_H

#include <elfutils/libdw.h>

#include "typed_memory.h"

#define TYPED_REGISTERS 17 /* by DWARF number: rax rdx rcx rbx rsi rdi rbp rsp r8 ... r15, return address */
#define TYPED_VECTORS   16 /* xmm0 to xmm15, DWARF numbers 17 to 32 */
#define TYPED_NOT_SAVED "<not saved>"

/* What a register held when the function of a frame was entered, which its caller may know. */
struct typed_entry {
    bool (*read)(void *context, unsigned number, uint64_t *ret_word);
    void *context;
};

/* The registers of a frame, as its unwinder knows them. */
struct typed_frame {
    uint64_t value[TYPED_REGISTERS];
    uint32_t known; /* bit N: register N is known */
    uint64_t cfa;   /* canonical frame address: the stack pointer before the call; 0: unknown */
    uint64_t bias;  /* what addresses of the process have more than those of the debug information */
    const uint8_t (*xmm)[16]; /* TYPED_VECTORS of them, or NULL */
    struct typed_entry entry; /* read: NULL where the caller is not known */
};

/* What an expression may use. */
struct typed_scene {
    const struct typed_frame *frame;
    const struct typed_memory *memory;
    uint64_t frame_base; /* what DW_OP_fbreg counts from */
    const char *no_base; /* why it is unknown: one of the texts; NULL: it is known */
};

#define TYPED_PIECES_BYTES 512

enum typed_location_kind { TYPED_AT_ADDRESS, TYPED_IN_BYTES };

struct typed_location {
    enum typed_location_kind kind;
    uint64_t address;
    size_t size; /* of the bytes */
    uint8_t bytes[TYPED_PIECES_BYTES];
    uint8_t known[TYPED_PIECES_BYTES]; /* 1: the byte of that number is known */
};

/**
 * Evaluates the expression of an attribute. Returns NULL, or why there is no value, a constant: TYPED_OPTIMISED, TYPED_NOT_SAVED,
 * TYPED_UNREADABLE, or "<not understood>". Ends after a bounded number of steps.
 */
const char *typed_evaluate(Dwarf_Attribute *attribute, const Dwarf_Op *operations, size_t count,
                           const struct typed_scene *scene, struct typed_location *ret);

/** The address that a frame's base or an array's bound comes to, where it may be a register: its value. As
 * typed_evaluate. */
const char *typed_evaluate_word(Dwarf_Attribute *attribute, const Dwarf_Op *operations, size_t count,
                                const struct typed_scene *scene, uint64_t *ret_word);

#endif
