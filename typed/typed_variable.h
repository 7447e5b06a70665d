/* SPDX-License-Identifier: MIT */
/* A variable by its name. */
#ifndef CRUMPLE_TYPED_TYPED_VARIABLE_H
#define CRUMPLE_TYPED_TYPED_VARIABLE_H

#include "typed_type.h"

struct typed_variable {
    struct typed_type type;
    uint64_t address;    /* as the file counts it, without the bias of the loaded module */
    uint64_t tls_offset; /* of a thread-local one: from the start of the module's block */
    bool has_place;      /* address or tls_offset is known */
    bool is_thread_local;
    unsigned
        count; /* variables of that name with a place, up to TYPED_SAME_MAX: more than 1: this is the first */
};

#define TYPED_SAME_MAX 8

/**
 * Finds a global variable, a static one of a file, a static one of a function, or a static member: name may be qualified by namespaces and
 * classes ("game::tick"), in part, too. A global one comes before a static one. deadline_ms: of typed_now_ms(). Returns false if none is found in
 * time. A function's static variables count only if nothing else has the name.
 */
bool typed_find_variable(Dwarf *dwarf, const char *name, int64_t deadline_ms, struct typed_variable *ret);

#endif
