/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. See capture/last_words.h. */
#include "capture/last_words.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/io.h"
#include "state/config.h"

#define DEAD_BYTES  16384 /* below the stack pointer: printf's buffer is half of it */
#define CHUNK_WORDS 64
#define LINE_BYTES  400

/*
 * glibc 2.36 and older, stdio-common/vfprintf-internal.c, struct helper_file: a FILE with the buffer, behind it the
 * stream to print to. What was printed lies between the FILE's _IO_write_base and _IO_write_ptr.
 */
#define HELPER_STREAM 224
#define HELPER_BASE   32

/*
 * glibc 2.37 and newer, stdio-common/printf_buffer_to_file.h: the buffer's begin, ..., the stream, and a stage of 128
 * bytes behind it, which is written out as soon as it is full.
 */
#define STAGE_STREAM 40
#define STAGE_TEXT   48
#define STAGE_BYTES  128

static bool is_blank(char byte)
{
    return (unsigned char)byte <= ' ' || byte == 0x7f;
}

/* The last line of the n bytes at text that is not empty. */
static bool add_last_line(struct safe_text *info, const char *text, size_t n)
{
    while (n && is_blank(text[n - 1]))
        n--;
    size_t start = n;
    while (start && text[start - 1] != '\n' && text[start - 1] != '\0')
        start--;
    if (start == n)
        return false;
    safe_text_add(info, "last_words=");
    safe_text_add_line(info, text + start, n - start);
    safe_text_add(info, "\n");
    return true;
}

/* The printf that has this stream at this address has printed a text, or none that is whole. */
static bool add_printed(struct safe_text *info, uint64_t here, uint64_t low, uint64_t sp)
{
    uint64_t range[2], stage = 0;
    char text[LINE_BYTES];
    if (safe_read_memory(here - HELPER_STREAM + HELPER_BASE, range, sizeof range) == 0 && range[0] >= low &&
        range[0] < range[1] && range[1] <= sp) {
        const uint64_t size = range[1] - range[0], n = size < sizeof text ? size : sizeof text;
        return safe_read_memory(range[1] - n, text, n) == 0 && add_last_line(info, text, n);
    }
    if (safe_read_memory(here - STAGE_STREAM, &stage, sizeof stage) < 0 ||
        stage != here - STAGE_STREAM + STAGE_TEXT || safe_read_memory(stage, text, STAGE_BYTES) < 0)
        return false;
    size_t n = 0;
    while (n < STAGE_BYTES && text[n])
        n++;
    return add_last_line(info, text, n);
}

/* From the stack pointer down: what is deeper is older. */
void safe_last_words_add(struct safe_text *info, uint64_t sp)
{
    const uint64_t stream = crumple_config->stderr_file;
    uint64_t word[CHUNK_WORDS];
    sp &= ~UINT64_C(7);
    if (!stream || sp <= DEAD_BYTES)
        return;
    for (uint64_t at = sp - sizeof word; at >= sp - DEAD_BYTES; at -= sizeof word) {
        if (safe_read_memory(at, word, sizeof word) < 0)
            return;
        for (size_t i = CHUNK_WORDS; i-- > 0;)
            if (word[i] == stream && add_printed(info, at + i * 8, sp - DEAD_BYTES, sp))
                return;
    }
}
