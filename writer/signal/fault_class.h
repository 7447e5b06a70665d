/* SPDX-License-Identifier: MIT */
/*
 * The kind of a fault: the class that a report names by one word, and the facts about the address: NULL, the
 * end of a stack, read-only memory, no memory at all ... Plain functions of data from the core, which may be
 * hostile.
 */
#ifndef CRUMPLE_WRITER_SIGNAL_FAULT_CLASS_H
#define CRUMPLE_WRITER_SIGNAL_FAULT_CLASS_H

#include "code/instruction.h"
#include "core/maps.h"
#include "core/notes.h"
#include "crash/words.h"

/* The known facts; all but signal may be NULL. */
struct fault_input {
    const siginfo_t *signal;
    const char *access;            /* "read", "write", "execute" */
    const struct notes_file *file; /* whose page was missing */
    const struct maps *maps;
    const struct user_regs_struct *registers;
    bool is_on_handler_stack; /* the thread runs a signal handler */
    /* Copies memory of the process. Returns whether all of it is known. */
    bool (*read)(const void *context, uint64_t address, void *bytes, size_t size);
    const void *context;
};

struct fault {
    enum fault_class class;
    bool is_jump; /* the program counter itself was wrong */
    bool has_address;
    uint64_t address;                       /* the kernel's, or that of the instruction's operand */
    uint8_t reg;                            /* number of the register that holds it or is its base */
    uint64_t reg_value;                     /* INSTRUCTION_NO_REGISTER: none */
    const char *reg_name;                   /* or NULL */
    const struct maps_range *range, *stack; /* around the address; that has come to its end */
    bool has_instruction;
    struct instruction insn;
    uint8_t code[INSTRUCTION_BYTES + 1]; /* at the program counter; code_size 0: not known */
    size_t code_size;
    unsigned alignment;      /* UNALIGNED: of so many bytes */
    const char *instruction; /* PRIVILEGED: its name; or NULL */
    bool is_call;            /* NON_CANONICAL: the target of a call or jump */
    bool is_return;          /* NON_CANONICAL: the address to which a function returns */
    bool is_overflow;        /* DIVIDE: the divisor is not 0 */
};

/** Finds out what can be known. */
void fault_classify(const struct fault_input *input, struct fault *ret_fault);

/** The word for a report. */
const char *fault_class_name(enum fault_class class);

/** Whether a processor without five-level paging takes it as an address. */
static inline bool fault_is_canonical(uint64_t address)
{
    return address >> 47 == 0 || address >> 47 == 0x1ffff;
}

#endif
