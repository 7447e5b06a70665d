/* SPDX-License-Identifier: MIT */
/* A variable of the program by its name. */
#ifndef CRUMPLE_TYPED_TYPED_VARIABLE_H
#define CRUMPLE_TYPED_TYPED_VARIABLE_H

#include "typed_type.h"

struct typed_variable {
    struct typed_type type;
    uint64_t address;    /* as the file counts it, without the bias of the loaded module */
    uint64_t tls_offset; /* of a thread-local one: from the start of the module's block */
    bool has_place;      /* address or tls_offset is known; false: only declared, or optimised out */
    bool is_thread_local;
    unsigned count; /* variables of that name that have a place: of more than one, this is the first */
};

/**
 * Finds a global variable, a static one of a file or a function, or a static member. The name may be qualified
 * by namespaces and classes ("game::tick"), by the inner ones alone, too. A global one comes before a static
 * one of a file, and that before one of a function. deadline_ms: of typed_now_ms(). Returns false if there is
 * none, or it was not found in time.
 */
bool typed_find_variable(Dwarf *dwarf, const char *name, int64_t deadline_ms, struct typed_variable *ret);

#endif
