/* SPDX-License-Identifier: MIT */
/* Which frames say nothing about the fault: those of the runtimes every program has. */
#ifndef WRITER_WALK_FUNCTION_NAMES_H
#define WRITER_WALK_FUNCTION_NAMES_H

#include <stdbool.h>

/** Whether the module (basename) is a C or C++ runtime library, an allocator, the vDSO, or crumple. */
bool signature_is_runtime_module(const char *module);

/** Whether a function of this normalised name belongs to a runtime wherever it is linked. */
bool signature_is_runtime_function(const char *function);

#endif
