/* SPDX-License-Identifier: MIT */
/* Where a program without symbols has its main. */
#ifndef CRUMPLE_WRITER_CODE_START_H
#define CRUMPLE_WRITER_CODE_START_H

#include "core/memory.h"

/**
 * Returns the address of main, which the program's first instructions hand to __libc_start_main in %rdi (glibc,
 * sysdeps/x86_64/start.S; musl, crt/crt1.c); 0: not known.
 */
uint64_t start_main(const struct memory *memory, const struct module *module);

/** Whether the code at pc runs when the loader has entered the program, and before main. */
bool start_leads(const struct memory *memory, const struct module *module, uint64_t pc);

#endif
