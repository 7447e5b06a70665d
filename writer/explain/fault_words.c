/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <linux/audit.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "explain/fault_class.h"
#include "explain/syscall_names.h"

#define SYS_USER_DISPATCH_CODE 2
#define SMALL_VALUE            UINT64_C(65536)

/* Text of a fixed size; what does not fit is cut. */
struct text {
    char *at;
    size_t left; /* with the NUL */
};

struct words {
    const struct fault_input *input;
    const struct fault *fault;
    const char *code_meaning;
    struct text cause, description;
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text->at, text->left, format, arguments);
    va_end(arguments);
    size_t step = length < 0 ? 0 : (size_t)length < text->left ? (size_t)length : text->left - 1;
    text->at += step;
    text->left -= step;
}

/* "read of ", "write to ", "jump to ", or nothing where it is not known. */
static const char *access_words(const struct words *w)
{
    const char *access = w->input->access;
    if (w->fault->is_jump)
        return "jump to ";
    if (!access)
        return "";
    return strcmp(access, "read") == 0      ? "read of "
           : strcmp(access, "write") == 0   ? "write to "
           : strcmp(access, "execute") == 0 ? "jump to "
                                            : "";
}

static void add_access(const struct words *w, struct text *text)
{
    add(text, "%s%s0x%" PRIx64, access_words(w), w->fault->is_jump ? "" : "address ", w->fault->address);
}

static void add_base_name(const struct maps_range *range, struct text *text)
{
    const char *start = range->path, *end = start + range->path_size;
    for (const char *at = start; at < end; at++)
        if (*at == '/' && at + 1 < end)
            start = at + 1;
    add(text, "%.*s", end - start < 80 ? (int)(end - start) : 80, start);
}

static bool is_path(const struct maps_range *range, const char *path)
{
    return range->path_size == strlen(path) && memcmp(range->path, path, range->path_size) == 0;
}

/* What lies there, for people. */
static void add_place(const struct maps_range *range, struct text *text)
{
    if (!range) {
        add(text, "nothing is mapped there");
    } else if (!range->path_size) {
        add(text, "anonymous memory (%s)", range->permissions);
    } else if (is_path(range, "[heap]")) {
        add(text, "the heap (%s)", range->permissions);
    } else if (is_path(range, "[stack]")) {
        add(text, "the main thread's stack (%s)", range->permissions);
    } else {
        add_base_name(range, text);
        add(text, " (%s)", range->permissions);
    }
}

/* Marks that allocators leave in memory, and text where a pointer should be. */
static void add_pattern(uint64_t value, struct text *text)
{
    char letters[9] = "";
    size_t count = 0;
    for (; count < 8; count++) {
        uint8_t byte = (uint8_t)(value >> (8 * count));
        if (byte < 0x20 || byte > 0x7e || byte == '"' || byte == '\\')
            break;
        letters[count] = (char)byte;
    }
    const uint8_t top = (uint8_t)(value >> 56);
    bool is_filled = top && top != 0xff && value >> 24 == (UINT64_C(0x0101010101010101) * top) >> 24;
    if (is_filled && top == 0x5a)
        add(text, "; 0x5a is what jemalloc fills freed memory with");
    else if (is_filled && top == 0xa5)
        add(text, "; 0xa5 is what jemalloc fills new memory with");
    else if (count >= 5 && (count == 8 || value >> (8 * count) == 0))
        add(text, "; as text it reads \"%.*s\"", (int)count, letters);
    else if (is_filled)
        add(text, "; the memory it came from was filled with 0x%02x", top);
}

static void add_register(const struct words *w, struct text *text)
{
    if (w->fault->reg_name)
        add(text, "; %s is 0x%" PRIx64, w->fault->reg_name, w->fault->reg_value);
}

static void write_null(struct words *w)
{
    const uint64_t address = w->fault->address;
    const char *pointer = w->fault->is_jump ? "NULL function pointer" : "NULL pointer";
    add_access(w, &w->cause);
    if (address == 0)
        add(&w->cause, " (%s)", pointer);
    else if (address == UINT64_MAX)
        add(&w->cause, " (-1 or MAP_FAILED used as a pointer)");
    else if (address < SMALL_VALUE)
        add(&w->cause, " (offset 0x%" PRIx64 " into a %s)", address, pointer);
    else
        add(&w->cause, " (offset -0x%" PRIx64 " from a %s)", -address, pointer);

    if (w->fault->is_jump && !address)
        add(&w->description, "a function pointer that is NULL was called");
    else if (w->fault->is_jump)
        add(&w->description, "a function was called through a pointer that is 0x%" PRIx64, address);
    else if (address == UINT64_MAX)
        add(&w->description,
            "-1, which mmap returns as MAP_FAILED, was used as a pointer: address 0x%" PRIx64, address);
    else
        add(&w->description, "%s a pointer that is %s: address 0x%" PRIx64,
            strcmp(access_words(w), "write to ") == 0  ? "write through"
            : strcmp(access_words(w), "read of ") == 0 ? "read through"
                                                       : "access through",
            address == 0 ? "NULL" : "NULL or next to it", address);
    if (address || w->fault->reg_value)
        add_register(w, &w->description);
    else if (w->fault->reg_name)
        add(&w->description, ", in %s", w->fault->reg_name);
}

/* glibc's thread descriptor lies at the top of a thread's own stack. */
static bool is_own_stack(const struct words *w, const struct maps_range *stack)
{
    const uint64_t descriptor = w->input->registers->fs_base;
    return !descriptor || (stack->path_size && is_path(stack, "[stack]")) ||
           (descriptor >= stack->start && descriptor <= stack->end);
}

static void write_stack_overflow(struct words *w)
{
    const struct maps_range *stack = w->fault->stack;
    const uint64_t kib = (stack->end - stack->start) / 1024;
    const char *whose = w->input->is_on_handler_stack ? " in a signal handler"
                        : is_own_stack(w, stack)      ? ""
                                                      : " of an alternate stack";
    add(&w->cause, "stack overflow%s (%" PRIu64 " KiB used up)", whose, kib);
    add(&w->description,
        "stack overflow%s: all %" PRIu64 " KiB of the stack 0x%" PRIx64 "-0x%" PRIx64
        " are used up by recursion or large local variables; address 0x%" PRIx64 ", sp 0x%llx",
        whose, kib, stack->start, stack->end, w->fault->address, w->input->registers->rsp);
}

static void write_unmapped(struct words *w)
{
    const uint64_t address = w->fault->address;
    add_access(w, &w->cause);
    add(&w->cause, " (not mapped)");
    add_access(w, &w->description);
    if (address >> 63)
        add(&w->description, ", which is the kernel's: no pointer of a program");
    else if (w->fault->range) {
        add(&w->description, ", where nothing was mapped then; now there is ");
        add_place(w->fault->range, &w->description);
    } else if (w->fault->reg_name && strcmp(w->fault->reg_name, "rsp") == 0)
        add(&w->description, ", where nothing is mapped: the stack pointer was overwritten");
    else
        add(&w->description,
            ", where nothing is mapped: memory that was given back, or a pointer that was overwritten");
    add_register(w, &w->description);
    add_pattern(w->fault->reg_name ? w->fault->reg_value : address, &w->description);
}

static void write_unloaded(struct words *w)
{
    const char *path = w->input->unloaded, *slash = strrchr(path, '/');
    const char *name = slash && slash[1] ? slash + 1 : path;
    const char *how = w->fault->is_jump ? "jump into " : access_words(w);
    add(&w->cause, "%s%.80s, which was unloaded by dlclose", *how ? how : "access to ", name);
    add(&w->description, "%s%.160s, which was unloaded by dlclose: address 0x%" PRIx64,
        *how ? how : "access to ", path, w->fault->address);
    add_register(w, &w->description);
}

static void write_non_canonical(struct words *w)
{
    const struct fault *fault = w->fault;
    if (!fault->has_address) {
        add(&w->cause, "non-canonical address (most likely)");
        add(&w->description,
            "most likely an access to an address that cannot be one, such as 0x%" PRIx64
            " in %s; the processor does not tell the address",
            fault->reg_value, fault->reg_name);
        add_pattern(fault->reg_value, &w->description);
        return;
    }
    const char *how = fault->is_return ? "return to " : fault->is_jump || fault->is_call ? "jump to " : "";
    add(&w->cause, "%snon-canonical address 0x%" PRIx64, how, fault->address);
    if (fault->is_return)
        add(&w->description,
            "the function returns to 0x%" PRIx64 ", which cannot be an address: its stack was overwritten",
            fault->address);
    else
        add(&w->description, "%s0x%" PRIx64 ", which cannot be an address: a pointer was overwritten",
            *how ? how : "access to ", fault->address);
    add_register(w, &w->description);
    add_pattern(fault->reg_name ? fault->reg_value : fault->address, &w->description);
}

static void write_not_executable(struct words *w)
{
    add_access(w, &w->cause);
    add(&w->cause, w->fault->range ? " (not executable)" : " (not mapped)");
    add_access(w, &w->description);
    add(&w->description, ", which holds no code: ");
    add_place(w->fault->range, &w->description);
    add_pattern(w->fault->address, &w->description);
}

static void write_protected(struct words *w)
{
    const struct fault *fault = w->fault;
    const bool is_none = fault->range && memcmp(fault->range->permissions, "---", 3) == 0;
    add_access(w, &w->cause);
    if (fault->class == FAULT_READ_ONLY && fault->range->path_size) {
        add(&w->cause, " (read-only: ");
        add_base_name(fault->range, &w->cause);
        add(&w->cause, ")");
    } else {
        add(&w->cause, fault->class == FAULT_READ_ONLY ? " (read-only memory)"
                       : is_none                       ? " (memory protected against any access)"
                                                       : " (no permission for this access)");
    }
    add_access(w, &w->description);
    add(&w->description, ", which does not allow it: ");
    add_place(fault->range, &w->description);
    add_register(w, &w->description);
}

static void write_bus(struct words *w)
{
    const struct fault *fault = w->fault;
    add_access(w, &w->cause);
    add_access(w, &w->description);
    if (fault->class == FAULT_BEYOND_FILE) {
        add(&w->cause, " (beyond the end of ");
        add_base_name(fault->range, &w->cause);
        add(&w->cause, ")");
        add(&w->description,
            " in a mapping of %.*s, which has no such page: the file was truncated, its file system is full, "
            "or it "
            "could not be read",
            (int)(fault->range->path_size < 160 ? fault->range->path_size : 160), fault->range->path);
    } else if (fault->class == FAULT_NO_MEMORY) {
        add(&w->cause, " (no memory could be had for it)");
        add(&w->description, ", for which no page could be had: huge pages or shared memory are used up, or "
                             "a device refused; there is ");
        add_place(fault->range, &w->description);
    } else {
        add(&w->cause, " (%s)", w->code_meaning ? w->code_meaning : "unknown");
        add(&w->description, ": %s", w->code_meaning ? w->code_meaning : "the kernel does not say why");
        add_register(w, &w->description);
    }
}

static void write_unaligned(struct words *w)
{
    const struct fault *fault = w->fault;
    if (!fault->alignment) {
        write_bus(w);
        return;
    }
    add(&w->cause, "unaligned address 0x%" PRIx64 " (the instruction needs a multiple of %u)", fault->address,
        fault->alignment);
    add(&w->description,
        "the instruction (SSE or the like) works on addresses that are multiples of %u only, and 0x%" PRIx64
        " is none: a cast to a stricter type, or a stack that is not aligned",
        fault->alignment, fault->address);
    add_register(w, &w->description);
}

static void write_other(struct words *w)
{
    const char *what = w->code_meaning ? w->code_meaning : "unknown cause";
    if (w->fault->class == FAULT_PROTECTION_KEY) {
        add_access(w, &w->cause);
        add(&w->cause, " (refused by protection key %u)", w->input->signal->si_pkey);
        add_access(w, &w->description);
        add(&w->description, ", refused by protection key %u (pkey_mprotect): ", w->input->signal->si_pkey);
        add_place(w->fault->range, &w->description);
        return;
    }
    add(&w->cause, "%s", what);
    add(&w->description, "%s", what);
    /* The kernel tells no address with a breakpoint. */
    if (w->fault->has_address && w->fault->address)
        add(&w->description, " at 0x%" PRIx64, w->fault->address);
}

static void write_protection(struct words *w)
{
    if (w->fault->instruction) {
        add(&w->cause, "privileged instruction (%s)", w->fault->instruction);
        add(&w->description, "privileged instruction (%s) at 0x%llx: only the kernel may run it",
            w->fault->instruction, w->input->registers->rip);
        return;
    }
    if (w->fault->class == FAULT_PRIVILEGED) {
        write_other(w);
        return;
    }
    add(&w->cause, "general protection");
    add(&w->description,
        "general protection: an operand that is not aligned, a privileged instruction or a non-canonical "
        "address; the processor does not tell the address");
}

static void write_divide(struct words *w)
{
    const struct fault *fault = w->fault;
    const bool is_known =
        fault->has_instruction && fault->insn.map == 0 && (fault->insn.opcode & 0xfe) == 0xf6;
    const char *what = w->input->signal->si_code != FPE_INTDIV ? w->code_meaning
                       : !is_known                             ? "integer division by zero, or its overflow"
                       : fault->is_overflow
                           ? "integer division whose result does not fit (smallest number by -1)"
                           : "integer division by zero";
    add(&w->cause, "%s", what ? what : "arithmetic fault");
    add(&w->description, "%s at 0x%" PRIx64, what ? what : "arithmetic fault", fault->address);
    if (is_known && fault->is_overflow)
        add_register(w, &w->description);
}

/* Traps that compilers place, and instruction sets that a processor may not have. */
static const char *illegal_words(const struct fault *fault)
{
    const uint8_t *code = fault->code;
    const size_t at = fault->code_size > 2 && code[0] == 0x67;
    if (fault->code_size < at + 2)
        return NULL;
    if (code[at] == 0x0f && code[at + 1] == 0x0b)
        return "ud2, a trap that the compiler placed: __builtin_trap, a failed check, or code that cannot be "
               "reached";
    if (code[at] == 0x0f && code[at + 1] == 0xb9)
        return "ud1, a check that the compiler added (-fsanitize-trap)";
    if (code[at] == 0x62)
        return "an AVX-512 instruction, which this processor may lack";
    if (code[at] == 0xc4 || code[at] == 0xc5)
        return "an AVX instruction, which this processor may lack";
    return NULL;
}

static void write_illegal(struct words *w)
{
    const struct fault *fault = w->fault;
    const char *words = illegal_words(fault),
               *what = w->code_meaning ? w->code_meaning : "illegal instruction";
    add(&w->cause, "%s", what);
    if (words)
        add(&w->cause, " (%.*s)", (int)strcspn(words, ",:"), words);
    add(&w->description, "%s at 0x%" PRIx64, what, fault->address);
    if (words)
        add(&w->description, ": %s", words);
    else if (fault->code_size) {
        add(&w->description, ": bytes");
        for (size_t i = 0; i < fault->code_size && i < 8; i++)
            add(&w->description, " %02x", fault->code[i]);
    }
}

static void write_syscall(struct words *w)
{
    const siginfo_t *signal = w->input->signal;
    const char *name = syscall_name(signal->si_arch, signal->si_syscall);
    const char *arch = syscall_arch_name(signal->si_arch, signal->si_syscall);
    const char *how =
        signal->si_code == SYS_USER_DISPATCH_CODE ? "caught by user dispatch" : "refused by seccomp";
    struct text *texts[] = {&w->cause, &w->description};
    for (size_t i = 0; i < 2; i++) {
        add(texts[i], "system call %d", signal->si_syscall);
        if (name)
            add(texts[i], " %s", name);
        if (arch)
            add(texts[i], " (%s)", arch);
        else
            add(texts[i], " (architecture 0x%x)", signal->si_arch);
        add(texts[i], " %s", how);
    }
    add(&w->description, ", called at 0x%" PRIx64, (uint64_t)(uintptr_t)signal->si_call_addr);
    if (signal->si_errno)
        add(&w->description, "; the filter's value is %d", signal->si_errno);
}

static void write_breakpoint(struct words *w)
{
    write_other(w);
    if (w->fault->class == FAULT_BREAKPOINT)
        add(&w->description, "; no debugger was there: __builtin_debugtrap, or what a debugger left behind");
}

void fault_words(const struct fault_input *input, const struct fault *fault, const char *code_meaning,
                 char *cause, size_t cause_size, char *description, size_t description_size)
{
    static void (*const writers[FAULT_ABORT + 1])(struct words *) = {
        [FAULT_NULL] = write_null,
        [FAULT_STACK_OVERFLOW] = write_stack_overflow,
        [FAULT_UNMAPPED] = write_unmapped,
        [FAULT_UNLOADED] = write_unloaded,
        [FAULT_NON_CANONICAL] = write_non_canonical,
        [FAULT_NOT_EXECUTABLE] = write_not_executable,
        [FAULT_READ_ONLY] = write_protected,
        [FAULT_NO_ACCESS] = write_protected,
        [FAULT_BEYOND_FILE] = write_bus,
        [FAULT_NO_MEMORY] = write_bus,
        [FAULT_HARDWARE] = write_bus,
        [FAULT_UNALIGNED] = write_unaligned,
        [FAULT_PRIVILEGED] = write_protection,
        [FAULT_PROTECTION] = write_protection,
        [FAULT_DIVIDE] = write_divide,
        [FAULT_BREAKPOINT] = write_breakpoint,
        [FAULT_ILLEGAL] = write_illegal,
        [FAULT_SYSCALL] = write_syscall,
    };
    struct words words = {input, fault, code_meaning, {cause, cause_size}, {description, description_size}};
    *cause = *description = '\0';
    /* All others have nothing to tell but their code. */
    (writers[fault->class] ? writers[fault->class] : write_other)(&words);
}
