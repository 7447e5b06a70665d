/* SPDX-License-Identifier: MIT */
/* Where the code at fault was: its registers, as they lie on the stack of the thread that prints. Plain functions over bytes that
 * another process may change, and over a program that may be hostile: what they find is a guess that agrees with the pc. */
#ifndef CRUMPLE_RUN_CGO_FRAME_H
#define CRUMPLE_RUN_CGO_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/user.h>

/** Finds the signal frame of a fault at pc, which the kernel has laid above the handler that runs on this stack. bytes are what
 * is at address. */
bool cgo_frame_of_handler(const uint8_t *bytes, size_t size, uint64_t address, uint64_t pc,
                          struct user_regs_struct *ret);

/** Finds the call of sigpanic() that the handler has laid at pc. Of the registers rip, rsp and rbp are known then, others are 0. */
bool cgo_frame_of_call(const uint8_t *bytes, size_t size, uint64_t address, uint64_t pc,
                       struct user_regs_struct *ret);

#endif
