/* SPDX-License-Identifier: MIT */
/* Which registers call frame information needs, by libdw. */
#ifndef CRUMPLE_WRITER_CODE_CFA_H
#define CRUMPLE_WRITER_CODE_CFA_H

#include "core/modules.h"

/**
 * Returns true if .eh_frame describes the frame at this address, or where it returns to, by a register that calls do
 * not keep. An unwinder that comes from the code which ends a thread does not have its value.
 */
bool cfa_is_by_scratch(const struct module *module, uint64_t address);

#endif
