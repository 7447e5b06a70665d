/* SPDX-License-Identifier: MIT */
/*
 * What kind of fault it was: the class that a report names by one word, and what is known about it. Plain
 * functions of what the core holds; all of it may be hostile.
 *
 *   explain/fault_class.c  the class of an address: NULL, the end of a stack, read-only memory, no memory at
 * all ... explain/fault_code.c   what the instruction says where the kernel does not tell an address
 *   explain/fault_words.c  both in words
 */
#ifndef WRITER_EXPLAIN_FAULT_CLASS_H
#define WRITER_EXPLAIN_FAULT_CLASS_H

#include "code/instruction.h"
#include "core/maps.h"
#include "core/notes.h"

enum fault_class {
    FAULT_OTHER = 0,
    FAULT_NULL,           /* within 64 KiB of address 0, on either side */
    FAULT_STACK_OVERFLOW, /* below the end of a stack */
    FAULT_UNMAPPED,
    FAULT_UNLOADED, /* code or data of a library that dlclose has unmapped */
    FAULT_NON_CANONICAL,
    FAULT_NOT_EXECUTABLE, /* the program counter is where no code is */
    FAULT_READ_ONLY,
    FAULT_NO_ACCESS, /* mapped, without the permission */
    FAULT_BEYOND_FILE,
    FAULT_NO_MEMORY, /* SIGBUS: no page could be had */
    FAULT_HARDWARE,  /* memory error */
    FAULT_PROTECTION_KEY,
    FAULT_SHADOW_STACK,
    FAULT_UNALIGNED,
    FAULT_PRIVILEGED, /* instruction */
    FAULT_PROTECTION, /* general protection, nothing more is known */
    FAULT_DIVIDE,
    FAULT_FLOATING,
    FAULT_BREAKPOINT,
    FAULT_TRACE,
    FAULT_ILLEGAL, /* instruction */
    FAULT_SYSCALL, /* refused by seccomp */
    FAULT_SENT,    /* by somebody */
    FAULT_ABORT
};

/* What is known; all but signal may be NULL. */
struct fault_input {
    const siginfo_t *signal;
    const char *access; /* "read", "write", "execute" */
    const struct maps *maps;
    const struct user_regs_struct *registers;
    const char *unloaded;     /* path of the unloaded module around the address of the fault */
    bool is_on_handler_stack; /* the thread runs a signal handler */
    /* Copies memory of the process. Returns whether all of it is known. */
    bool (*read)(const void *context, uint64_t address, void *bytes, size_t size);
    const void *context;
};

struct fault {
    enum fault_class class;
    bool is_jump; /* the program counter itself is what was wrong */
    bool has_address;
    uint64_t address;                       /* the kernel's, or what the instruction says */
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

/** Reads and decodes the instruction at the program counter, for fault_classify. */
void fault_code_read(const struct fault_input *input, struct fault *fault);

/** SIGSEGV without an address: which of its many causes it was. */
void fault_code_protection(const struct fault_input *input, struct fault *fault);

/** SIGFPE of an integer: whether the divisor was 0. */
void fault_code_divide(const struct fault_input *input, struct fault *fault);

/** The address in memory that the instruction works on, where the kernel does not tell it. */
void fault_code_find_operand(const struct fault_input *input, struct fault *fault);

/** The register by which the instruction has come to the address of the fault. */
void fault_code_find_register(const struct fault_input *input, struct fault *fault);

/** The word for a report. */
const char *fault_class_name(enum fault_class class);

/** Writes what happened: briefly to cause, for titles; as a sentence to description. code_meaning: what
 * the signal's code says, or NULL. */
void fault_words(const struct fault_input *input, const struct fault *fault, const char *code_meaning,
                 char *cause, size_t cause_size, char *description, size_t description_size);

bool fault_is_canonical(uint64_t address);

/** Whether the address is a small offset from NULL; negative ones count. */
bool fault_is_near_null(uint64_t address);

#endif
