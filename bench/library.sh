#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Prints the source of one of the benchmark's libraries: library.sh NUMBER. Its functions differ in their fixed
# locals, so that no two have the same frame.
set -euo pipefail
number=$1

cat <<TEXT
#include "parked.h"
#include <alloca.h>
TEXT
for step in {0..7}; do
    cat <<TEXT
__attribute__((noinline)) void library_${number}_step_${step}(struct trip *trip)
{
    uint64_t fixed[$((4 + (number * 5 + step * 3) % 23))];
    uint64_t *locals = alloca(trip->frame_bytes & ~(size_t)15);
    fill_frame(trip, fixed, sizeof fixed / sizeof fixed[0]);
    fill_frame(trip, locals, trip->frame_bytes / 16 * 2);
    step next = *trip->path++;
    next(trip);
    __asm__ volatile("" : : "r"(fixed), "r"(locals) : "memory");
}
TEXT
done
echo "const step library_steps[STEPS_PER_LIBRARY] = {"
for step in {0..7}; do
    echo "    library_${number}_step_${step},"
done
echo "};"
