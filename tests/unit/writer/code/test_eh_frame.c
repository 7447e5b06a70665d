/* SPDX-License-Identifier: MIT */
/* The entries of functions in .eh_frame: those of this very program are all found, and damaged ones do no harm. */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/module_files.h"
#include "code/eh_frame.h"
#include "core/elf_view.h"
#include "unit.h"

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

/* Without the header's table one is made, with the same rows. */
START_TEST(test_makes_the_table_that_a_linker_left_out)
{
    struct own_module own;
    uint8_t *copy;
    struct eh_procedure there, made;
    own_module_open(&own, &copy);
    struct own_module without = own;
    without.module.table_count = 0;
    without.modules.items = &without.module;
    without.memory.modules = &without.modules;
    ck_assert(eh_frame_make_table(&without.memory, &without.module));
    ck_assert_uint_eq(without.module.table_count, own.module.table_count);
    for (uint64_t i = 0; i < own.module.table_count; i++) {
        int32_t begin;
        struct eh_bytes row;
        ck_assert(eh_bytes_at(&own.memory, own.module.table_address + i * 8, &row));
        memcpy(&begin, row.at, sizeof begin);
        const uint64_t start = own.module.table_header + (uint64_t)(int64_t)begin;
        ck_assert_int_eq(eh_frame_find(&own.memory, &own.module, start, &there), 0);
        ck_assert_int_eq(eh_frame_find(&without.memory, &without.module, start, &made), 0);
        ck_assert_uint_eq(made.start, there.start);
        ck_assert_uint_eq(made.lsda, there.lsda);
    }
    free(without.module.made_table);
    without.module.made_table = NULL;
    for (size_t i = 0; i < without.module.image_size; i += 97) /* whatever the bytes are */
        copy[i] ^= (uint8_t)i;
    (void)eh_frame_make_table(&without.memory, &without.module);
    free(without.module.made_table);
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
    tcase_add_test(tests, test_finds_the_entries_of_a_real_program);
    tcase_add_test(tests, test_makes_the_table_that_a_linker_left_out);
    tcase_add_test(tests, test_survives_damaged_entries);
}
