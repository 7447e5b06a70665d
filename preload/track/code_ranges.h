/* SPDX-License-Identifier: MIT */
/* Safe: where the executable code of the loaded objects lies, and that of the runtimes. */
#ifndef CRUMPLE_PRELOAD_TRACK_CODE_RANGES_H
#define CRUMPLE_PRELOAD_TRACK_CODE_RANGES_H

#include <stdbool.h>
#include <stdint.h>

/* Executable ranges of the loaded objects, for the stack hash; written by ordinary code, generation odd
 * meanwhile. */
#define SAFE_CODE_RANGES 128
struct safe_code {
    _Atomic uint32_t generation;
    uint32_t count;
    uint64_t fingerprint; /* of the list of objects they were read from */
    struct {
        uint64_t start, end;
    } range[SAFE_CODE_RANGES];
};
extern struct safe_code safe_code;
/* Inside libc, ld.so or the C++ runtime: ranges noted once, when the unwinder was loaded. */
#define SAFE_RUNTIMES 4
extern struct safe_code_range {
    uint64_t start, end;
} safe_runtime[SAFE_RUNTIMES];
bool safe_code_is_runtime(uint64_t pc);

#endif
