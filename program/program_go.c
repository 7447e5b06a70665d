/* SPDX-License-Identifier: MIT */
/* cmd/link/internal/ld/data.go (buildinfo) of Go writes it, debug/buildinfo reads it. */
#include "program_go.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "program_file.h"

#define MAGIC        "\xff Go buildinf:"
#define HEADER_BYTES 32
#define AT_SIZE      14 /* of a pointer, in the older format */
#define AT_FLAGS     15
#define FLAG_BIG     1
#define FLAG_INLINE  2 /* Go 1.18 and later: the texts follow the header */
#define FRAME_BYTES                                                                                          \
    16 /* before and behind the module information, so that it is found in a process's memory */
#define VERSION_BYTES 64
#define LENGTH_BYTES  10 /* the longest varint */

/* A text in the file. */
struct part {
    uint64_t offset, size;
};

static bool read_varint(int fd, uint64_t *offset, uint64_t *ret)
{
    unsigned char bytes[LENGTH_BYTES];
    const size_t got = program_file_bytes(fd, *offset, bytes, sizeof bytes);
    *ret = 0;
    for (size_t i = 0; i < got; i++) {
        *ret |= (uint64_t)(bytes[i] & 0x7f) << (7 * i);
        if (!(bytes[i] & 0x80)) {
            *offset += i + 1;
            return true;
        }
    }
    return false;
}

static bool find_inline(int fd, uint64_t offset, struct part parts[2])
{
    offset += HEADER_BYTES;
    for (int i = 0; i < 2; i++) {
        if (!read_varint(fd, &offset, &parts[i].size) || parts[i].size > INT32_MAX)
            return false;
        parts[i].offset = offset;
        offset += parts[i].size;
    }
    return true;
}

/* The header has addresses of Go's strings: the address of the bytes, and their number. */
static bool find_pointed(int fd, const unsigned char *header, struct part parts[2])
{
    if (header[AT_SIZE] != sizeof(uint64_t))
        return false;
    for (int i = 0; i < 2; i++) {
        uint64_t address, string[2], offset;
        memcpy(&address, header + 16 + 8 * i, sizeof address);
        if (!program_file_offset(fd, address, &offset) ||
            program_file_bytes(fd, offset, string, sizeof string) != sizeof string)
            return false;
        parts[i] = (struct part){0, 0};
        if (string[1] && (string[1] > INT32_MAX || !program_file_offset(fd, string[0], &parts[i].offset)))
            return false;
        parts[i].size = string[1];
    }
    return true;
}

/* Without the frame around it. A program built without modules has none. */
static void strip_frame(struct part *part)
{
    const bool is_there = part->size > (uint64_t)2 * FRAME_BYTES;
    part->offset += FRAME_BYTES;
    part->size = is_there ? part->size - (uint64_t)2 * FRAME_BYTES : 0;
}

static size_t whole_lines(const char *text, size_t size)
{
    while (size && text[size - 1] != '\n')
        size--;
    return size;
}

size_t program_go_read(int fd, char ret_text[PROGRAM_GO_BYTES])
{
    static const char word[] = "go\t";
    unsigned char header[HEADER_BYTES];
    struct part parts[2];
    uint64_t at;
    if (!program_file_go_section(fd, &at) ||
        program_file_bytes(fd, at, header, sizeof header) != sizeof header ||
        memcmp(header, MAGIC, sizeof MAGIC - 1) != 0 || header[AT_FLAGS] & FLAG_BIG)
        return 0;
    if (header[AT_FLAGS] & FLAG_INLINE ? !find_inline(fd, at, parts) : !find_pointed(fd, header, parts))
        return 0;
    if (parts[0].size == 0 || parts[0].size > VERSION_BYTES)
        return 0;
    size_t used = sizeof word - 1;
    memcpy(ret_text, word, used);
    if (program_file_bytes(fd, parts[0].offset, ret_text + used, parts[0].size) != parts[0].size)
        return 0;
    used += parts[0].size;
    ret_text[used++] = '\n';
    strip_frame(&parts[1]);
    const size_t left = PROGRAM_GO_BYTES - used, wanted = parts[1].size < left ? parts[1].size : left;
    return used +
           whole_lines(ret_text + used, program_file_bytes(fd, parts[1].offset, ret_text + used, wanted));
}
