/* SPDX-License-Identifier: MIT */
/* For tests that read real code: the functions of this very program. Included by one file of a program. */
#ifndef CRUMPLE_TESTS_UNIT_WRITER_CODE_OWN_MODULE_H
#define CRUMPLE_TESTS_UNIT_WRITER_CODE_OWN_MODULE_H

#include <elf.h>
#include <string.h>

#include "core/memory.h"
#include "core/module_files.h"
#include "unit.h"

/* This very program, as a module that is in no core. */
static struct {
    struct core_file core;
    struct module module;
    struct modules modules;
    struct memory memory;
} own_module;

/** Fills own_module; its memory is what the functions under test read. */
static void own_module_open(void)
{
    size_t size;
    const uint8_t *image = module_map_file("/proc/self/exe", &size);
    ck_assert_ptr_nonnull(image);
    own_module.module = (struct module){.image = image, .image_size = size};
    ck_assert_int_eq(elf_view_read_image(image, size, &own_module.module.view), 0);
    extern const char __ehdr_start[];
    own_module.module.view.bias = (uintptr_t)__ehdr_start;
    own_module.module.base = (uintptr_t)__ehdr_start;
    own_module.module.end = elf_view_end(&own_module.module.view) + own_module.module.view.bias;
    own_module.modules = (struct modules){&own_module.module, 1, 0};
    own_module.memory = (struct memory){&own_module.core, &own_module.modules, NULL};
    const Elf64_Phdr *header = elf_view_program(&own_module.module.view, PT_GNU_EH_FRAME);
    own_module.module.table = MODULE_TABLE_READY;
    own_module.module.table_header = header->p_vaddr + own_module.module.view.bias;
    own_module.module.table_address = own_module.module.table_header + 12;
    memcpy(&own_module.module.table_count, image + header->p_offset + 8, 4);
}

#endif
