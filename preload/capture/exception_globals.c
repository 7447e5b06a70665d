/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process, and in threads that call abort(). See capture/exception_globals.h.
 */
#include "capture/exception_globals.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/io.h"

#define CODE_BYTES  48
#define MODULES_MAX 65536

struct code {
    uint64_t address;
    uint8_t byte[CODE_BYTES];
    size_t at;
};

static bool has(const struct code *c, size_t n, const uint8_t *bytes)
{
    if (c->at + n > CODE_BYTES)
        return false;
    for (size_t i = 0; i < n; i++)
        if (c->byte[c->at + i] != bytes[i])
            return false;
    return true;
}

/* Goes over these bytes if they come next. */
static bool skip(struct code *c, size_t n, const char *bytes)
{
    if (!has(c, n, (const uint8_t *)bytes))
        return false;
    c->at += n;
    return true;
}

static int32_t immediate(struct code *c)
{
    uint32_t value = 0;
    for (int i = 0; i < 4 && c->at < CODE_BYTES; i++)
        value |= (uint32_t)c->byte[c->at++] << 8 * i;
    return (int32_t)value;
}

/* An operand relative to %rip, as the last part of its instruction: where it lies. */
static uint64_t operand(struct code *c)
{
    int32_t distance = immediate(c);
    return c->address + c->at + (uint64_t)(int64_t)distance;
}

static bool word_at(uint64_t address, uint64_t *ret)
{
    return safe_peek_memory(address, ret, sizeof *ret) == 0;
}

/*
 * The module's block of this thread, by the vector that %fs:8 leads to: entry -1 holds the number of entries,
 * each is two words, and ~0 stands for a block that is not allocated yet (glibc, dl-tls.c).
 */
static uint64_t block_of(uint64_t fs_base, uint64_t module)
{
    uint64_t vector, count, block;
    if (!module || module > MODULES_MAX || !word_at(fs_base + 8, &vector) || !word_at(vector - 16, &count) ||
        module > count || !word_at(vector + 16 * module, &block) || block == UINT64_MAX)
        return 0;
    return block;
}

/* lea x@tlsgd(%rip), %rdi or lea x@tlsld(%rip), %rdi; call __tls_get_addr; perhaps add $x@dtpoff, %rax */
static uint64_t by_call(struct code *c, uint64_t fs_base)
{
    uint64_t block, pair[2];
    skip(c, 1, "\x66");
    if (!skip(c, 3, "\x48\x8d\x3d"))
        return 0;
    uint64_t entry = operand(c);
    if (!skip(c, 4, "\x66\x66\x48\xe8") && !skip(c, 4, "\x66\x48\xff\x15") && !skip(c, 2, "\xff\x15") &&
        !skip(c, 1, "\xe8"))
        return 0;
    c->at += 4;
    if (safe_peek_memory(entry, pair, sizeof pair) < 0 || !(block = block_of(fs_base, pair[0])))
        return 0;
    block += pair[1];
    skip(c, 4, "\x48\x83\xc4\x08");
    if (skip(c, 2, "\x48\x05") || skip(c, 3, "\x48\x8d\x80"))
        block += (uint64_t)(int64_t)immediate(c);
    return block;
}

/* Initial-exec and local-exec: the distance to %fs:0 stands in the global offset table, or in the code. */
static uint64_t by_distance(struct code *c, uint64_t fs_base)
{
    uint64_t distance = 0;
    if (skip(c, 9, "\x64\x48\x8b\x04\x25\0\0\0\0")) {
        if (skip(c, 3, "\x48\x03\x05"))
            return word_at(operand(c), &distance) ? fs_base + distance : 0;
        if (skip(c, 2, "\x48\x05") || skip(c, 3, "\x48\x8d\x80"))
            return fs_base + (uint64_t)(int64_t)immediate(c);
    } else if (skip(c, 3, "\x48\x8b\x05")) {
        if (word_at(operand(c), &distance) && skip(c, 9, "\x64\x48\x03\x04\x25\0\0\0\0"))
            return fs_base + distance;
    } else if (skip(c, 3, "\x48\xc7\xc0")) {
        distance = (uint64_t)(int64_t)immediate(c);
        if (skip(c, 9, "\x64\x48\x03\x04\x25\0\0\0\0"))
            return fs_base + distance;
    }
    return 0;
}

uint64_t safe_exception_globals(uint64_t function, uint64_t fs_base)
{
    struct code c = {.address = function, .at = 0};
    if (safe_peek_memory(function, c.byte, sizeof c.byte) < 0)
        return 0;
    skip(&c, 4, "\xf3\x0f\x1e\xfa"); /* endbr64 */
    skip(&c, 4, "\x55\x48\x89\xe5"); /* push %rbp; mov %rsp, %rbp */
    if (!skip(&c, 4, "\x48\x83\xec\x08"))
        skip(&c, 1, "\x50"); /* push %rax: the stack is aligned */
    size_t begin = c.at;
    uint64_t found = by_call(&c, fs_base);
    c.at = begin;
    return found ? found : by_distance(&c, fs_base);
}
