/* SPDX-License-Identifier: MIT */
#include "explain/last_words.h"

#include <stdlib.h>
#include <string.h>

#include "core/elf_symbols.h"
#include "crash/crash.h"
#include "crumple_format.h"
#include "walk/frame_class.h"

#define TEXT_BYTES 8192 /* of printf's buffer (BUFSIZ) */

/*
 * glibc 2.36 and older, stdio-common/vfprintf-internal.c, struct helper_file: a FILE with the buffer, behind it the
 * stream to print to. What was printed lies between the two pointers.
 */
#define HELPER_BASE   32
#define HELPER_AT     40
#define HELPER_STREAM 224

/*
 * glibc 2.37 and newer, stdio-common/printf_buffer_to_file.h: the count of bytes, the stream, and a stage of 128
 * bytes behind it, which is written out as soon as it is full.
 */
#define STAGE_STREAM 40
#define STAGE_TEXT   48
#define STAGE_BYTES  128

struct dead_stack {
    uint64_t start;
    size_t size;
    uint8_t *bytes; /* owned */
};

static uint64_t word_at(const struct dead_stack *stack, size_t at)
{
    uint64_t word;
    memcpy(&word, stack->bytes + at, sizeof word);
    return word;
}

/* Where stdio's stderr lies: in libc, or in a program that is linked statically. */
static uint64_t find_stream(const struct crash *crash)
{
    for (size_t i = 0; i < crash->modules.count; i++) {
        const struct module *module = &crash->modules.items[i];
        struct symbol_named stream = {"_IO_2_1_stderr_", 0};
        if (strcmp(module->path, crash->notes.exe) != 0 &&
            frame_class_of(module_basename(module)) != FRAME_LIBC)
            continue;
        elf_symbols_find(module, &stream, 1);
        if (stream.address)
            return stream.address + module->view.bias;
    }
    return 0;
}

static bool read_dead_stack(const struct crash *crash, struct dead_stack *stack)
{
    const uint64_t sp = crash_thread(crash)->registers.rsp & ~UINT64_C(7);
    for (size_t size = CRUMPLE_DEAD_STACK; size >= 1024 && sp > size; size -= 1024) {
        stack->start = sp - size;
        stack->size = size;
        if (memory_read(&crash->memory, stack->start, stack->bytes, size))
            return true;
    }
    return false;
}

/* The text that the printf with the stream at this place has printed, or NULL. */
static const uint8_t *printed_at(const struct dead_stack *stack, size_t at, size_t *ret_size)
{
    const uint64_t here = stack->start + at;
    if (at >= HELPER_STREAM) {
        const size_t helper = at - HELPER_STREAM;
        const uint64_t from = word_at(stack, helper + HELPER_BASE), to = word_at(stack, helper + HELPER_AT);
        if (from >= stack->start && from < to && to <= stack->start + stack->size &&
            to - from <= TEXT_BYTES) {
            *ret_size = to - from;
            return stack->bytes + (from - stack->start);
        }
    }
    if (at >= STAGE_STREAM && at + 8 + STAGE_BYTES <= stack->size &&
        word_at(stack, at - STAGE_STREAM) == here - STAGE_STREAM + STAGE_TEXT) {
        *ret_size = strnlen((const char *)stack->bytes + at + 8, STAGE_BYTES);
        return stack->bytes + at + 8;
    }
    return NULL;
}

static bool is_blank(uint8_t byte)
{
    return byte <= ' ' || byte == 0x7f;
}

static bool copy_last_line(const uint8_t *text, size_t size, char *out, size_t room)
{
    while (size && is_blank(text[size - 1]))
        size--;
    size_t start = size;
    while (start && text[start - 1] != '\n' && text[start - 1] != '\0')
        start--;
    size = size - start < room ? size - start : room - 1;
    for (size_t i = 0; i < size; i++)
        out[i] = (char)(is_blank(text[start + i]) ? ' ' : text[start + i]);
    out[size] = '\0';
    return size > 0;
}

bool last_words_find(const struct crash *crash, char *out, size_t size)
{
    const uint64_t stream = find_stream(crash);
    struct dead_stack stack = {.bytes = malloc(CRUMPLE_DEAD_STACK)};
    bool found = false;
    /* The deepest printf is the latest whose buffer nothing has taken: all begin at about the same depth. */
    if (stream && stack.bytes && read_dead_stack(crash, &stack))
        for (size_t at = stack.size - 8; at >= STAGE_STREAM && !found; at -= 8) {
            size_t length;
            const uint8_t *text = word_at(&stack, at) == stream ? printed_at(&stack, at, &length) : NULL;
            found = text && copy_last_line(text, length, out, size);
        }
    free(stack.bytes);
    return found;
}
