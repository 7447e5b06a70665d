/* SPDX-License-Identifier: MIT */
#include "signal/syscall_names.h"

#include <linux/audit.h>
#include <stddef.h>

#define X32_BIT INT64_C(0x40000000) /* __X32_SYSCALL_BIT: the same numbers up to 511 */

struct syscall_row {
    int64_t number;
    const char *name;
};

#define ROW(number, name) {number, name},
static const struct syscall_row rows_64[] = {
#define CRUMPLE_SYSCALLS_64
#include <syscalls.inc>
#undef CRUMPLE_SYSCALLS_64
};
static const struct syscall_row rows_x32[] = {
#define CRUMPLE_SYSCALLS_X32
#include <syscalls.inc>
#undef CRUMPLE_SYSCALLS_X32
};
static const struct syscall_row rows_32[] = {
#define CRUMPLE_SYSCALLS_32
#include <syscalls.inc>
#undef CRUMPLE_SYSCALLS_32
};

static const char *find(const struct syscall_row *rows, size_t count, int64_t number)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].number == number)
            return rows[i].name;
    return NULL;
}

#define FIND(rows, number) find(rows, sizeof rows / sizeof rows[0], number)

const char *syscall_name(uint32_t arch, int64_t number)
{
    if (arch == AUDIT_ARCH_I386)
        return FIND(rows_32, number);
    if (arch != AUDIT_ARCH_X86_64)
        return NULL;
    return number & X32_BIT ? FIND(rows_x32, number & ~X32_BIT) : FIND(rows_64, number);
}

const char *syscall_arch_name(uint32_t arch, int64_t number)
{
    if (arch == AUDIT_ARCH_I386)
        return "i386";
    if (arch != AUDIT_ARCH_X86_64)
        return NULL;
    return number >= 0 && number & X32_BIT ? "x32" : "x86-64";
}
