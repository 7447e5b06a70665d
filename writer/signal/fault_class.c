/* SPDX-License-Identifier: MIT */
#include "signal/fault_class.h"

#include <string.h>

#include "code/operand.h"
#include "signal/fault_code.h"

#define NULL_REACH             (UINT64_C(64) << 10) /* vm.mmap_min_addr: nothing is ever mapped there */
#define STACK_OVERFLOW_REACH   (UINT64_C(1) << 20) /* a frame's arrays: how far beyond the end it may touch */
#define STACK_OVERFLOW_SP_NEAR (UINT64_C(64) << 10)

#define PAGE             UINT64_C(4096)
#define HUGETLBFS_MAGIC  0x958458f6 /* linux/magic.h */
#define TRAP_BRANCH_CODE 3
#define SEGV_PKUERR_CODE 4
#define SEGV_CPERR_CODE  10

/* Whether the address is a small offset from NULL; negative ones count. */
static bool is_near_null(uint64_t address)
{
    return address < NULL_REACH || address > UINT64_MAX - NULL_REACH;
}

const char *fault_class_name(enum fault_class class)
{
    static const char *const names[] = {
        [FAULT_OTHER] = "other",
        [FAULT_NULL] = "null",
        [FAULT_STACK_OVERFLOW] = "stack-overflow",
        [FAULT_UNMAPPED] = "unmapped",
        [FAULT_UNLOADED] = "unloaded",
        [FAULT_NON_CANONICAL] = "non-canonical",
        [FAULT_NOT_EXECUTABLE] = "not-executable",
        [FAULT_READ_ONLY] = "read-only",
        [FAULT_NO_ACCESS] = "no-access",
        [FAULT_BEYOND_FILE] = "beyond-file",
        [FAULT_FILE_SYSTEM_FULL] = "file-system-full",
        [FAULT_FILE_ERROR] = "file-error",
        [FAULT_NO_PAGE] = "no-page",
        [FAULT_NO_MEMORY] = "no-memory",
        [FAULT_HARDWARE] = "hardware",
        [FAULT_PROTECTION_KEY] = "protection-key",
        [FAULT_SHADOW_STACK] = "shadow-stack",
        [FAULT_UNALIGNED] = "unaligned",
        [FAULT_PRIVILEGED] = "privileged",
        [FAULT_PROTECTION] = "protection",
        [FAULT_DIVIDE] = "divide",
        [FAULT_FLOATING] = "floating",
        [FAULT_BREAKPOINT] = "breakpoint",
        [FAULT_TRACE] = "trace",
        [FAULT_ILLEGAL] = "illegal",
        [FAULT_SYSCALL] = "syscall",
        [FAULT_ENDED] = "ended",
        [FAULT_SENT] = "sent",
        [FAULT_ABORT] = "abort",
    };
    return names[class];
}

/* The stack right above a guard that holds the fault and the stack pointer, however large the guard is, or
 * NULL. */
static const struct maps_range *find_stack_of_guard(const struct fault_input *input,
                                                    const struct maps_range *guard)
{
    const struct maps_range *stack = maps_next(input->maps, guard->start);
    bool is_stack = stack && stack->permissions[1] == 'w' && stack->start == guard->end;
    return is_stack && maps_find(input->maps, input->registers->rsp) == guard ? stack : NULL;
}

/*
 * A guard of MADV_GUARD_INSTALL is a part of the stack's own mapping, and a fault in it has the code of an
 * address where nothing is mapped. What tells it from a mapping that was made since: the capture holds the
 * stack above it.
 */
static bool is_hidden_guard(const struct fault_input *input, const struct maps_range *at, uint64_t sp)
{
    uint8_t byte;
    uint64_t most = at->end - sp < STACK_OVERFLOW_REACH ? at->end : sp + STACK_OVERFLOW_REACH;
    bool is_held = false;
    for (; sp < most && !is_held && input->read; sp = (sp | 4095) + 1)
        is_held = input->read(input->context, sp, &byte, 1);
    return is_held && input->signal->si_code == SEGV_MAPERR;
}

/*
 * A stack has an end: the fault is below an accessible mapping, in its guard or in nothing, and the stack
 * pointer is near the fault or has left the mapping. Returns the stack, or NULL.
 */
static const struct maps_range *find_overflown_stack(const struct fault_input *input, uint64_t address)
{
    const struct maps_range *at = maps_find(input->maps, address);
    uint64_t sp = input->registers->rsp;
    uint64_t distance = sp > address ? sp - address : address - sp;
    if (at && at->permissions[1] == 'w') /* no mapping shows a guard of MADV_GUARD_INSTALL */
        return distance < STACK_OVERFLOW_SP_NEAR && maps_find(input->maps, sp) == at &&
                       is_hidden_guard(input, at, sp)
                   ? at
                   : NULL;
    const struct maps_range *stack = maps_next(input->maps, address);
    if (at && at->permissions[0] == '-' && find_stack_of_guard(input, at))
        return stack;
    while (stack && stack->permissions[1] != 'w' && stack->start - address < STACK_OVERFLOW_REACH)
        stack = maps_next(input->maps, stack->start);
    if (!stack || stack->permissions[1] != 'w' || stack->start - address > STACK_OVERFLOW_REACH)
        return NULL;
    bool is_sp_at_end =
        sp < stack->start + STACK_OVERFLOW_SP_NEAR && stack->start < sp + STACK_OVERFLOW_REACH;
    bool is_overflow = is_sp_at_end && (distance < STACK_OVERFLOW_SP_NEAR || sp < stack->start);
    return is_overflow ? stack : NULL;
}

/* The address where no code is, and which the program counter has. */
static bool is_jump(const struct fault_input *input, uint64_t address)
{
    return input->registers && input->registers->rip == address && !maps_is_executable(input->maps, address);
}

static enum fault_class class_by_permissions(const struct fault *fault)
{
    if (!fault->range)
        return FAULT_UNMAPPED;
    const char *permissions = fault->range->permissions;
    return permissions[0] == 'r' && permissions[1] != 'w' ? FAULT_READ_ONLY : FAULT_NO_ACCESS;
}

static void classify_address(const struct fault_input *input, struct fault *fault)
{
    const int code = input->signal->si_code;
    const uint64_t address = fault->address;
    fault->range = input->maps ? maps_find(input->maps, address) : NULL;
    fault->is_jump = input->maps && is_jump(input, address);
    if (code == SEGV_PKUERR_CODE)
        fault->class = FAULT_PROTECTION_KEY;
    else if (code == SEGV_CPERR_CODE)
        fault->class = FAULT_SHADOW_STACK;
    else if (is_near_null(address))
        fault->class = FAULT_NULL;
    else if (fault->is_jump)
        fault->class = FAULT_NOT_EXECUTABLE;
    else if (input->maps && input->registers && (fault->stack = find_overflown_stack(input, address)))
        fault->class = FAULT_STACK_OVERFLOW;
    else if (code == SEGV_MAPERR)
        fault->class = FAULT_UNMAPPED;
    else if (code == SEGV_ACCERR)
        fault->class = class_by_permissions(fault);
}

static void classify_protection(const struct fault_input *input, struct fault *fault)
{
    fault->has_address = false;
    fault_code_protection(input, fault);
}

/*
 * The kernel has a page for each part of a file up to its size (mm/filemap.c, mm/shmem.c). Within that it fails for want
 * of space, where the file is sparse, or by an error of the device.
 */
static enum fault_class class_of_file(const struct notes_file *file)
{
    if (!file || !file->is_known)
        return FAULT_NO_PAGE;
    if (file->offset / PAGE >= (file->bytes + PAGE - 1) / PAGE)
        return FAULT_BEYOND_FILE;
    if (file->system == HUGETLBFS_MAGIC)
        return FAULT_NO_MEMORY;
    return file->system && file->free < PAGE ? FAULT_FILE_SYSTEM_FULL : FAULT_FILE_ERROR;
}

static void classify_bus(const struct fault_input *input, struct fault *fault)
{
    fault->range = input->maps ? maps_find(input->maps, fault->address) : NULL;
    switch (input->signal->si_code) {
    case SI_KERNEL: /* a stack segment fault: %rsp or %rbp is no address */
        classify_protection(input, fault);
        return;
    case BUS_ADRALN:
        fault->class = FAULT_UNALIGNED;
        if (fault->address == 0)
            fault_code_find_operand(input, fault);
        return;
    case BUS_ADRERR: {
        const struct maps_range *range = fault->range;
        static const char huge[] = "/anon_hugepage";
        bool is_file = range && range->path_size && range->path[0] == '/' &&
                       !(range->path_size >= sizeof huge - 1 && !memcmp(range->path, huge, sizeof huge - 1));
        fault->class = is_file ? class_of_file(input->file) : FAULT_NO_MEMORY;
        return;
    }
    case BUS_OBJERR:
    case BUS_MCEERR_AR:
    case BUS_MCEERR_AO:
        fault->class = FAULT_HARDWARE;
        return;
    default:
        return;
    }
}

static void classify_segv(const struct fault_input *input, struct fault *fault)
{
    if (input->signal->si_code == SI_KERNEL) {
        classify_protection(input, fault);
        return;
    }
    classify_address(input, fault);
    if (!fault->is_jump && fault->class != FAULT_STACK_OVERFLOW)
        fault_code_find_register(input, fault);
}

static enum fault_class trap_class(int code)
{
    return code == TRAP_TRACE || code == TRAP_BRANCH_CODE ? FAULT_TRACE : FAULT_BREAKPOINT;
}

void fault_classify(const struct fault_input *input, struct fault *ret_fault)
{
    struct fault fault = {
        .reg = INSTRUCTION_NO_REGISTER, .has_address = true, .address = (uintptr_t)input->signal->si_addr};
    const int code = input->signal->si_code;
    fault_code_read(input, &fault);
    switch (input->signal->si_signo) {
    case SIGSEGV:
        classify_segv(input, &fault);
        break;
    case SIGBUS:
        classify_bus(input, &fault);
        break;
    case SIGFPE:
        fault.class = code == FPE_INTDIV || code == FPE_INTOVF ? FAULT_DIVIDE : FAULT_FLOATING;
        if (code == FPE_INTDIV)
            fault_code_divide(input, &fault);
        break;
    case SIGILL:
        fault.class = code == ILL_PRVOPC || code == ILL_PRVREG ? FAULT_PRIVILEGED : FAULT_ILLEGAL;
        break;
    case SIGTRAP:
        fault.class = trap_class(code);
        break;
    case SIGSYS:
        fault.class = FAULT_SYSCALL;
        fault.has_address = false;
        break;
    default:
        fault.has_address = false;
        break;
    }
    fault.reg_name = operand_register_name(fault.reg);
    *ret_fault = fault;
}
