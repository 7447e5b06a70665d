/* SPDX-License-Identifier: MIT */
/* An ELF file: the entries of its functions in .eh_frame, and the exception tables that they name. */
#include <string.h>

#include "code/eh_frame.h"
#include "code/lsda.h"
#include "fuzz.h"

#define FUNCTIONS_MAX 16

struct file {
    struct core_file core;
    struct module module;
    struct modules modules;
    struct memory memory;
};

/* The file as a module that is mapped where it says, and whose header of .eh_frame has been looked at. */
static bool open_file(struct file *file, uint8_t *bytes, size_t size)
{
    *file = (struct file){.module = {.image = bytes, .image_size = size}};
    if (elf_view_read_image(bytes, size, &file->module.view) < 0)
        return false;
    const Elf64_Phdr *header = elf_view_program(&file->module.view, PT_GNU_EH_FRAME);
    if (!header || header->p_offset > size || size - header->p_offset < 12)
        return false;
    file->module.end = elf_view_end(&file->module.view);
    file->modules = (struct modules){&file->module, 1, 0};
    file->memory = (struct memory){&file->core, &file->modules, NULL};
    file->module.table = MODULE_TABLE_READY;
    file->module.table_header = header->p_vaddr;
    file->module.table_address = header->p_vaddr + 12;
    uint32_t count;
    memcpy(&count, bytes + header->p_offset + 8, sizeof count);
    file->module.table_count = count;
    return true;
}

static void look(const struct file *file, uint64_t address)
{
    struct eh_procedure procedure;
    struct eh_bytes table;
    if (eh_frame_find(&file->memory, &file->module, address, &procedure) < 0)
        return;
    if (!procedure.lsda || !eh_bytes_at(&file->memory, procedure.lsda, &table))
        return;
    for (uint64_t at = procedure.start; at < procedure.start + 64; at += 8)
        (void)lsda_look(table, procedure.start, at, at & 8, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct file file;
    uint8_t *copy = malloc(size);
    memcpy(copy, bytes, size);
    if (open_file(&file, copy, size))
        for (uint64_t i = 0; i < FUNCTIONS_MAX && i < file.module.table_count; i++) {
            struct eh_bytes row;
            int32_t start;
            if (!eh_bytes_at(&file.memory, file.module.table_address + i * 8, &row) || row.end - row.at < 4)
                break;
            memcpy(&start, row.at, sizeof start);
            look(&file, file.module.table_header + (uint64_t)(int64_t)start);
        }
    if (file.modules.items && eh_frame_make_table(&file.memory, &file.module)) /* as if it had no header */
        for (uint64_t i = 0; i < FUNCTIONS_MAX && i < file.module.table_count; i++) {
            int32_t start;
            memcpy(&start, file.module.made_table + i * 8, sizeof start);
            look(&file, file.module.table_header + (uint64_t)(int64_t)start);
        }
    free(file.module.made_table);
    free(copy);
    return 0;
}
