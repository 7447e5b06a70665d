/* SPDX-License-Identifier: MIT */
/* A pending core: its headers, notes, modules, stacks, as the writer reads them. */
#include "analyse.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct crash crash;
    struct core_damage damage;
    int fd = fuzz_file(bytes, size);

    if (crash_open(fd, "20260102T030405.000001Z-alpha-101", &crash, &damage) == 0) {
        if (analyse_crash(&crash) == 0 && crash.has_verdict)
            analyse_context(&crash);
        crash_release(&crash);
    }
    close(fd);
    return 0;
}
