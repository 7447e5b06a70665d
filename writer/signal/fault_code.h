/* SPDX-License-Identifier: MIT */
/* What the instruction at the program counter says about a fault whose address the kernel does not report. */
#ifndef CRUMPLE_WRITER_SIGNAL_FAULT_CODE_H
#define CRUMPLE_WRITER_SIGNAL_FAULT_CODE_H

#include "signal/fault_class.h"

/** Reads and decodes the instruction at the program counter. */
void fault_code_read(const struct fault_input *input, struct fault *fault);

/** SIGSEGV without an address: which of its many causes it was. */
void fault_code_protection(const struct fault_input *input, struct fault *fault);

/** SIGFPE of an integer: whether the divisor was 0. */
void fault_code_divide(const struct fault_input *input, struct fault *fault);

/** The address in memory that the instruction works on, if the kernel does not report it. */
void fault_code_find_operand(const struct fault_input *input, struct fault *fault);

/** The register by which the instruction has come to the address of the fault. */
void fault_code_find_register(const struct fault_input *input, struct fault *fault);

#endif
