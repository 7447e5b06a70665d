/* SPDX-License-Identifier: MIT */
/*
 * The effect of a forced unwind (pthread_exit) on a function, from the function's language-specific data: the
 * table that GCC and clang write to .gcc_except_table, as __gxx_personality_v0 and __gcc_personality_v0 of
 * libgcc and libstdc++ read it. A plain function of bytes, which may be hostile.
 */
#ifndef CRUMPLE_WRITER_CODE_LSDA_H
#define CRUMPLE_WRITER_CODE_LSDA_H

#include "code/eh_bytes.h"

enum lsda_outcome {
    LSDA_PASSES = 0, /* nothing happens here */
    LSDA_CLEANS,     /* destructors or cleanup handlers run, then the unwind goes on */
    LSDA_CATCHES,    /* a catch (...) is entered, and may stop the unwind */
    LSDA_TERMINATES, /* std::terminate */
    LSDA_DAMAGED     /* unreadable */
};

/**
 * Looks address up (of the instruction at fault, or inside the call) in the table of bytes, of a function
 * that begins at start. is_cxx: C++'s personality, else C's.
 */
enum lsda_outcome lsda_look(struct eh_bytes bytes, uint64_t start, uint64_t address, bool is_cxx,
                            bool has_bias);

#endif
