/* SPDX-License-Identifier: MIT */
/* The frames that say nothing about a fault: those of the runtimes that every program has. */
#ifndef CRUMPLE_WRITER_WALK_RUNTIME_NAMES_H
#define CRUMPLE_WRITER_WALK_RUNTIME_NAMES_H

#include <stdbool.h>

/** Whether the module (basename) is a C or C++ runtime library, an allocator, the vDSO, or crumple. */
bool runtime_names_module(const char *module);

/** Whether a function of this normalised name belongs to a runtime wherever it is linked. */
bool runtime_names_function(const char *function);

#endif
