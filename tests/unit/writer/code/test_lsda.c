/* SPDX-License-Identifier: MIT */
/* Exception tables: what a forced unwind would do, and that no bytes lead the reader astray. */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "code/eh_frame.h"
#include "core/elf_sections.h"
#include "code/lsda.h"
#include "unit.h"

#define START 0x1000

/*
 * A function at START whose call sites are uleb128: [0x10, 0x18) passes, [0x18, 0x20) cleans up,
 * [0x20, 0x28) action 1: a type, then cleanup, [0x28, 0x30) action 5: catch (...), [0x30, 0x38) action 7: a
 * list that is empty, [0x38, 0x40) action 9: a list that is not, [0x40, 0x48) action 11: a loop.
 */
static const uint8_t table[] = {
    0xff,                   /* landing pads are relative to the function */
    0x03, 50,               /* types are 4 bytes, absolute, and end 50 bytes on */
    0x01, 28,               /* call sites: uleb128, 28 bytes */
    0x10, 0x08, 0x00, 0x00, /* begin, length, landing pad, action */
    0x18, 0x08, 0x50, 0x00, /* */
    0x20, 0x08, 0x51, 0x01, /* */
    0x28, 0x08, 0x52, 0x05, /* */
    0x30, 0x08, 0x53, 0x07, /* */
    0x38, 0x08, 0x54, 0x09, /* */
    0x40, 0x08, 0x55, 0x0b, /* */
    0x02, 0x01,             /* action 1: type 2, then the next action */
    0x00, 0x00,             /* action 3: cleanup, the last */
    0x01, 0x00,             /* action 5: type 1 */
    0x7f, 0x00,             /* action 7: list 1, filter -1 */
    0x7e, 0x00,             /* action 9: list 2, filter -2 */
    0x00, 0x7f,             /* action 11: cleanup, then itself */
    1,    0,    0,    0,    /* type 2 */
    0,    0,    0,    0,    /* type 1: null, catch (...) */
    0,    1,    0,          /* list 1 is empty, list 2 holds type 1 */
};

static enum lsda_outcome look(uint64_t offset, bool is_cxx, uint64_t *ret_landing)
{
    struct eh_bytes bytes = {table, table + sizeof table, 0x5000, false};
    return lsda_look(bytes, START, START + offset, is_cxx, true, ret_landing);
}

START_TEST(test_tells_what_each_call_site_does)
{
    static const struct {
        uint64_t offset, landing;
        enum lsda_outcome cxx, c;
    } rows[] = {
        {0x08, 0, LSDA_TERMINATES, LSDA_PASSES},       {0x10, 0, LSDA_PASSES, LSDA_PASSES},
        {0x17, 0, LSDA_PASSES, LSDA_PASSES},           {0x18, 0x50, LSDA_CLEANS, LSDA_CLEANS},
        {0x20, 0x51, LSDA_CLEANS, LSDA_CLEANS},        {0x28, 0x52, LSDA_CATCHES, LSDA_CLEANS},
        {0x30, 0x53, LSDA_TERMINATES, LSDA_CLEANS},    {0x38, 0x54, LSDA_PASSES, LSDA_CLEANS},
        {0x40, 0x55, LSDA_DAMAGED, LSDA_CLEANS},       {0x48, 0, LSDA_TERMINATES, LSDA_PASSES},
        {0xfffffff0, 0, LSDA_TERMINATES, LSDA_PASSES},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t landing;
        ck_assert_int_eq(look(rows[i].offset, true, &landing), rows[i].cxx);
        ck_assert_uint_eq(landing, rows[i].landing ? START + rows[i].landing : 0);
        ck_assert_int_eq(look(rows[i].offset, false, &landing), rows[i].c);
    }
}
END_TEST

/* Each byte in turn takes each value, and the end is cut at each place: the sanitizers watch. */
START_TEST(test_reads_no_byte_that_is_not_there)
{
    for (size_t at = 0; at < sizeof table; at++) {
        for (unsigned value = 0; value < 256; value++) {
            uint8_t *copy = malloc(sizeof table);
            uint64_t landing;
            memcpy(copy, table, sizeof table);
            copy[at] = (uint8_t)value;
            for (uint64_t offset = 0; offset < 0x60; offset += 8)
                (void)lsda_look((struct eh_bytes){copy, copy + sizeof table, 0x5000, false}, START,
                                START + offset, true, true, &landing);
            free(copy);
        }
        uint8_t *cut = malloc(at + 1);
        uint64_t landing;
        memcpy(cut, table, at);
        for (uint64_t offset = 0; offset < 0x60; offset += 8)
            (void)lsda_look((struct eh_bytes){cut, cut + at, 0x5000, false}, START, START + offset, true,
                            true, &landing);
        free(cut);
    }
}
END_TEST

START_TEST(test_reads_each_encoding)
{
    static const uint8_t raw[] = {0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x80, 0x80, 0x7f};
    static const struct {
        uint8_t encoding, skip;
        bool has_bias, failed;
        uint64_t value;
    } rows[] = {
        {0x1b, 0, true, false, 0x5000 - 16},
        {0x1a, 0, true, false, 0x5000 - 16},
        {0x03, 0, false, false, 0xfffffff0},
        {0x03, 0, true, true, 0},
        {0x00, 0, false, false, (uint64_t)-16},
        {0x01, 8, false, false, 0x7f << 14},
        {0x09, 8, false, false, (uint64_t)-16384},
        {0x3b, 0, false, true, 0},
        {EH_OMIT, 0, false, true, 0},
        {0x00, 4, false, true, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct eh_bytes bytes = {raw + rows[i].skip, raw + sizeof raw, 0x5000, false};
        ck_assert_uint_eq(eh_pointer(&bytes, rows[i].encoding, rows[i].has_bias), rows[i].value);
        ck_assert_int_eq(bytes.failed, rows[i].failed);
    }
}
END_TEST

/* This very program, as a module that is in no core. */
struct own_module {
    struct core_file core;
    struct module module;
    struct modules modules;
    struct memory memory;
};

static void own_module_open(struct own_module *own, uint8_t *ret_copy[1])
{
    size_t size;
    const uint8_t *image = module_map_file("/proc/self/exe", &size);
    ck_assert_ptr_nonnull(image);
    *ret_copy = malloc(size);
    memcpy(*ret_copy, image, size);
    *own = (struct own_module){.module = {.image = *ret_copy, .image_size = size}};
    ck_assert_int_eq(elf_view_read_image(image, size, &own->module.view), 0);
    own->module.end = elf_view_end(&own->module.view);
    own->modules = (struct modules){&own->module, 1, 0};
    own->memory = (struct memory){&own->core, &own->modules, NULL};
    const Elf64_Phdr *header = elf_view_program(&own->module.view, PT_GNU_EH_FRAME);
    own->module.table = MODULE_TABLE_READY;
    own->module.table_header = header->p_vaddr;
    own->module.table_address = header->p_vaddr + 12;
    memcpy(&own->module.table_count, image + header->p_offset + 8, 4);
}

START_TEST(test_finds_the_entries_of_a_real_program)
{
    struct own_module own;
    uint8_t *copy;
    struct eh_procedure procedure;
    own_module_open(&own, &copy);
    for (uint64_t i = 0; i < own.module.table_count; i++) {
        int32_t begin;
        struct eh_bytes row;
        ck_assert(eh_bytes_at(&own.memory, own.module.table_address + i * 8, &row));
        memcpy(&begin, row.at, sizeof begin);
        uint64_t start = own.module.table_header + (uint64_t)(int64_t)begin;
        ck_assert_int_eq(eh_frame_find(&own.memory, &own.module, start, &procedure), 0);
        ck_assert_uint_eq(procedure.start, start);
        ck_assert_int_eq(eh_frame_find(&own.memory, &own.module, procedure.end - 1, &procedure), 0);
        ck_assert_uint_eq(procedure.start, start);
    }
    ck_assert_int_eq(eh_frame_find(&own.memory, &own.module, 0, &procedure), -ENOENT);
    ck_assert_int_eq(eh_frame_find(&own.memory, &own.module, UINT64_MAX, &procedure), -ENOENT);
    free(copy);
}
END_TEST

START_TEST(test_survives_damaged_entries)
{
    struct own_module own;
    struct elf_sections sections;
    uint8_t *copy;
    struct eh_procedure procedure;
    size_t size;
    own_module_open(&own, &copy);
    ck_assert(elf_sections_open(copy, own.module.image_size, &sections));
    const uint8_t *entries = elf_sections_named(&sections, ".eh_frame", &size);
    ck_assert_ptr_nonnull(entries);
    uint8_t *bytes = copy + (entries - copy);
    unsigned random = 1;
    for (unsigned round = 0; round < 2000; round++) {
        size_t at = (random = random * 1103515245 + 12345) % (size < 4096 ? size : 4096);
        uint8_t old = bytes[at];
        bytes[at] = (uint8_t)(random >> 16);
        for (uint64_t i = 0; i < own.module.table_count && i < 100; i++) {
            int32_t begin;
            struct eh_bytes row;
            ck_assert(eh_bytes_at(&own.memory, own.module.table_address + i * 8, &row));
            memcpy(&begin, row.at, sizeof begin);
            (void)eh_frame_find(&own.memory, &own.module, own.module.table_header + (uint64_t)(int64_t)begin,
                                &procedure);
        }
        bytes[at] = old;
    }
    free(copy);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_tells_what_each_call_site_does);
    tcase_add_test(tests, test_reads_no_byte_that_is_not_there);
    tcase_add_test(tests, test_reads_each_encoding);
    tcase_add_test(tests, test_finds_the_entries_of_a_real_program);
    tcase_add_test(tests, test_survives_damaged_entries);
}
