/* SPDX-License-Identifier: MIT */
#include "signal/fault_words.h"

#include <inttypes.h>
#include <string.h>

#include "signal/fault_text.h"
#include "signal/fault_words_cpu.h"

#define SMALL_VALUE UINT64_C(65536)

static void write_null(struct words *w)
{
    const uint64_t address = w->fault->address;
    const char *pointer = w->fault->is_jump ? "NULL function pointer" : "NULL pointer";
    text_add_access(w, &w->cause);
    if (address == 0)
        text_add(&w->cause, " (%s)", pointer);
    else if (address == UINT64_MAX)
        text_add(&w->cause, " (-1 or MAP_FAILED used as a pointer)");
    else if (address < SMALL_VALUE)
        text_add(&w->cause, " (offset 0x%" PRIx64 " into a %s)", address, pointer);
    else
        text_add(&w->cause, " (offset -0x%" PRIx64 " from a %s)", -address, pointer);

    if (w->fault->is_jump && !address)
        text_add(&w->description, "a NULL function pointer was called");
    else if (w->fault->is_jump)
        text_add(&w->description, "a function was called through the pointer 0x%" PRIx64, address);
    else if (address == UINT64_MAX)
        text_add(&w->description,
                 "-1, which mmap returns as MAP_FAILED, was used as a pointer: address 0x%" PRIx64, address);
    else
        text_add(&w->description, "%s a pointer that is %s: address 0x%" PRIx64,
                 strcmp(text_access(w), "write to ") == 0  ? "write through"
                 : strcmp(text_access(w), "read of ") == 0 ? "read through"
                                                           : "access through",
                 address == 0 ? "NULL" : "NULL or close to it", address);
    if (address || w->fault->reg_value)
        text_add_register(w, &w->description);
    else if (w->fault->reg_name)
        text_add(&w->description, ", in %s", w->fault->reg_name);
}

/* glibc's thread descriptor lies at the top of a thread's own stack. */
static bool is_own_stack(const struct words *w, const struct maps_range *stack)
{
    const uint64_t descriptor = w->input->registers->fs_base;
    return !descriptor || (stack->path_size && text_is_path(stack, "[stack]")) ||
           (descriptor >= stack->start && descriptor <= stack->end);
}

static void write_stack_overflow(struct words *w)
{
    const struct maps_range *stack = w->fault->stack;
    const uint64_t kib = (stack->end - stack->start) / 1024;
    const char *whose = w->input->is_on_handler_stack ? " in a signal handler"
                        : is_own_stack(w, stack)      ? ""
                                                      : " of an alternate stack";
    text_add(&w->cause, "stack overflow%s (%" PRIu64 " KiB used up)", whose, kib);
    text_add(&w->description,
             "stack overflow%s: all %" PRIu64 " KiB of the stack 0x%" PRIx64 "-0x%" PRIx64
             " are used up by recursion or large local variables; address 0x%" PRIx64 ", sp 0x%llx",
             whose, kib, stack->start, stack->end, w->fault->address, w->input->registers->rsp);
}

static void write_unmapped(struct words *w)
{
    const uint64_t address = w->fault->address;
    text_add_access(w, &w->cause);
    text_add(&w->cause, " (not mapped)");
    text_add_access(w, &w->description);
    if (address >> 63)
        text_add(&w->description, ", which belongs to the kernel: not a pointer of a program");
    else if (w->fault->range) {
        text_add(&w->description, ", where nothing was mapped at the time of the fault; now there is ");
        text_add_place(w->fault->range, &w->description);
    } else if (w->fault->reg_name && strcmp(w->fault->reg_name, "rsp") == 0)
        text_add(&w->description, ", where nothing is mapped: the stack pointer was overwritten");
    else
        text_add(&w->description, ", where nothing is mapped: unmapped memory, or an overwritten pointer");
    text_add_register(w, &w->description);
    text_add_pattern(w->fault->reg_name ? w->fault->reg_value : address, &w->description);
}

static void write_non_canonical(struct words *w)
{
    const struct fault *fault = w->fault;
    if (!fault->has_address) {
        text_add(&w->cause, "non-canonical address (most likely)");
        text_add(&w->description,
                 "most likely an access to a non-canonical address, such as 0x%" PRIx64
                 " in %s; the processor does not report the address",
                 fault->reg_value, fault->reg_name);
        text_add_pattern(fault->reg_value, &w->description);
        return;
    }
    const char *how = fault->is_return ? "return to " : fault->is_jump || fault->is_call ? "jump to " : "";
    text_add(&w->cause, "%snon-canonical address 0x%" PRIx64, how, fault->address);
    if (fault->is_return)
        text_add(&w->description,
                 "the function returns to 0x%" PRIx64
                 ", which is not a valid address: its stack was overwritten",
                 fault->address);
    else
        text_add(&w->description, "%s0x%" PRIx64 ", which is not a valid address: a pointer was overwritten",
                 *how ? how : "access to ", fault->address);
    text_add_register(w, &w->description);
    text_add_pattern(fault->reg_name ? fault->reg_value : fault->address, &w->description);
}

static void write_not_executable(struct words *w)
{
    text_add_access(w, &w->cause);
    text_add(&w->cause, w->fault->range ? " (not executable)" : " (not mapped)");
    text_add_access(w, &w->description);
    text_add(&w->description, ", which holds no code: ");
    text_add_place(w->fault->range, &w->description);
    text_add_pattern(w->fault->address, &w->description);
}

static void write_protected(struct words *w)
{
    const struct fault *fault = w->fault;
    const bool is_none = fault->range && memcmp(fault->range->permissions, "---", 3) == 0;
    text_add_access(w, &w->cause);
    if (fault->class == FAULT_READ_ONLY && fault->range->path_size) {
        text_add(&w->cause, " (read-only: ");
        text_add_base_name(fault->range, &w->cause);
        text_add(&w->cause, ")");
    } else {
        text_add(&w->cause, fault->class == FAULT_READ_ONLY ? " (read-only memory)"
                            : is_none                       ? " (memory protected against any access)"
                                                            : " (no permission for this access)");
    }
    text_add_access(w, &w->description);
    text_add(&w->description, ", which is not permitted: ");
    text_add_place(fault->range, &w->description);
    text_add_register(w, &w->description);
}

/* A page of a mapped file that the kernel did not provide. */
static void write_file(struct words *w)
{
    static const char *const causes[FAULT_NO_PAGE + 1] = {[FAULT_BEYOND_FILE] = "beyond the end of",
                                                          [FAULT_FILE_SYSTEM_FULL] = "file system full:",
                                                          [FAULT_FILE_ERROR] = "input/output error:",
                                                          [FAULT_NO_PAGE] = "no such page:"};
    const struct fault *fault = w->fault;
    const struct notes_file *file = w->input->file;
    const int path_size = (int)(fault->range->path_size < 160 ? fault->range->path_size : 160);
    text_add_access(w, &w->cause);
    text_add(&w->cause, " (%s ", causes[fault->class]);
    text_add_base_name(fault->range, &w->cause);
    text_add(&w->cause, ")");
    text_add_access(w, &w->description);
    text_add(&w->description, " in a mapping of %.*s", path_size, fault->range->path);
    if (fault->class == FAULT_NO_PAGE)
        text_add(&w->description, ", which has no such page: "
                                  "the file was truncated, its file system is full, or it could not be read");
    else
        text_add(&w->description, ", at offset %" PRIu64 " of %" PRIu64 " bytes: ", file->offset,
                 file->bytes);
    if (fault->class == FAULT_BEYOND_FILE)
        text_add(&w->description, "the file was truncated, or was never as long as the mapping");
    if (fault->class == FAULT_FILE_SYSTEM_FULL)
        text_add(&w->description, "no page of the file was there yet, and its file system has no space left");
    if (fault->class == FAULT_FILE_ERROR)
        text_add(&w->description, "the page could not be read, or a quota allows no more");
}

static void write_bus(struct words *w)
{
    const struct fault *fault = w->fault;
    text_add_access(w, &w->cause);
    text_add_access(w, &w->description);
    if (fault->class == FAULT_NO_MEMORY) {
        text_add(&w->cause, " (the kernel had no memory for it)");
        text_add(&w->description, ": the kernel could not provide a page "
                                  "(huge pages or shared memory are exhausted, or a device refused): ");
        text_add_place(fault->range, &w->description);
    } else {
        text_add(&w->cause, " (%s)", w->code_meaning ? w->code_meaning : "unknown");
        text_add(&w->description, ": %s", w->code_meaning ? w->code_meaning : "the kernel does not say why");
        text_add_register(w, &w->description);
    }
}

static void write_unaligned(struct words *w)
{
    const struct fault *fault = w->fault;
    if (!fault->alignment) {
        write_bus(w);
        return;
    }
    text_add(&w->cause, "unaligned address 0x%" PRIx64 " (the instruction needs a multiple of %u)",
             fault->address, fault->alignment);
    text_add(&w->description,
             "the instruction (SSE or similar) needs an address that is a multiple of %u, and 0x%" PRIx64
             " is not: a cast to a stricter type, or a misaligned stack",
             fault->alignment, fault->address);
    text_add_register(w, &w->description);
}

static void write_protection_key(struct words *w)
{
    text_add_access(w, &w->cause);
    text_add(&w->cause, " (refused by protection key %u)", w->input->signal->si_pkey);
    text_add_access(w, &w->description);
    text_add(&w->description, ", refused by protection key %u (pkey_mprotect): ", w->input->signal->si_pkey);
    text_add_place(w->fault->range, &w->description);
}

void fault_words(const struct fault_input *input, const struct fault *fault, const char *code_meaning,
                 char *cause, size_t cause_size, char *description, size_t description_size)
{
    static void (*const writers[FAULT_ABORT + 1])(struct words *) = {
        [FAULT_NULL] = write_null,
        [FAULT_STACK_OVERFLOW] = write_stack_overflow,
        [FAULT_UNMAPPED] = write_unmapped,
        [FAULT_NON_CANONICAL] = write_non_canonical,
        [FAULT_NOT_EXECUTABLE] = write_not_executable,
        [FAULT_READ_ONLY] = write_protected,
        [FAULT_NO_ACCESS] = write_protected,
        [FAULT_BEYOND_FILE] = write_file,
        [FAULT_FILE_SYSTEM_FULL] = write_file,
        [FAULT_FILE_ERROR] = write_file,
        [FAULT_NO_PAGE] = write_file,
        [FAULT_NO_MEMORY] = write_bus,
        [FAULT_HARDWARE] = write_bus,
        [FAULT_PROTECTION_KEY] = write_protection_key,
        [FAULT_UNALIGNED] = write_unaligned,
    };
    struct words words = {input, fault, code_meaning, {cause, cause_size}, {description, description_size}};
    *cause = *description = '\0';
    (writers[fault->class] ? writers[fault->class] : fault_words_cpu)(&words);
}
