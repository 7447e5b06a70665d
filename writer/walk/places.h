/* SPDX-License-Identifier: MIT */
/*
 * Every distinct code address in the stacks, once. Threads of a server wait in the same few places, so the
 * facts about a place (module, CFI, function name, its JSON) are found only once.
 */
#ifndef CRUMPLE_WRITER_WALK_PLACES_H
#define CRUMPLE_WRITER_WALK_PLACES_H

#include "core/modules.h"
#include "stack_outline.h"

struct unloaded_module;

/* A frame of which only that is known which the program's runtime has printed: nothing of its memory is there. Not ended by NUL; size 0:
 * it was not printed. */
struct printed_place {
    const char *file, *module;
    uint32_t file_size, module_size;
    uint32_t line;   /* 0: not printed */
    uint64_t offset; /* of the function; 0: not printed */
};

#define PLACES_NONE UINT32_MAX

struct place {
    uint64_t pc;
    uint64_t lookup; /* pc, or pc - 1 for a return address: the call, which may be its function's last
                        instruction */
    bool is_return;
    bool is_executable;                     /* in an executable mapping */
    bool has_information;                   /* call frame information exists */
    uint64_t code_start, code_end;          /* without it: of the function's symbol; 0: not known */
    uint32_t reference_tries;               /* in vain, for its beginning: by_code.c */
    bool is_signal_frame;                   /* the kernel's return trampoline */
    const struct module *module;            /* NULL: outside of all */
    const struct unloaded_module *unloaded; /* it was in one that is gone; or NULL */
    const struct printed_place *printed;    /* whose text lives as long; or NULL */
    const char *function; /* not ended by NUL, inside the module's string table; NULL if not known */
    uint32_t function_size;
    uint64_t function_address;
    char *name, *short_name; /* owned; readable (place_words.h), or NULL: the function is */
    enum stack_kind kind;
};

struct places {
    struct place *items; /* owned; moves when a place is added */
    uint32_t count, capacity;
    uint32_t *slots; /* owned; open addressing, PLACES_NONE is free */
    uint32_t slot_mask;
};

/** Returns 0 or -ENOMEM. */
int places_init(struct places *places);

void places_release(struct places *places);

/**
 * Returns the index of the place, adding it with nothing known but its addresses if it is new (*ret_is_new),
 * or PLACES_NONE if memory is out.
 */
uint32_t places_get(struct places *places, uint64_t pc, bool is_return, bool *ret_is_new);

/** Adds a place that no address leads to: two of the same address are two. Returns its index, or PLACES_NONE if memory is out. */
uint32_t places_append(struct places *places, const struct place *place);

#endif
