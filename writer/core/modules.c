/* SPDX-License-Identifier: MIT */
#include "core/modules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "core/maps.h"
#include "core/module_files.h"

#define MODULES_MAX  4096
#define VDSO_NAME    "linux-vdso.so.1"
#define MODULE_LIMIT (UINT64_C(16) << 30) /* a larger 'module' is a mistake or an attack */

static void module_set_build_id(struct module *module)
{
    char *at = module->build_id;
    for (size_t i = 0; i < module->view.build_id_size; i++) {
        *at++ = "0123456789abcdef"[module->view.build_id[i] >> 4];
        *at++ = "0123456789abcdef"[module->view.build_id[i] & 15];
    }
    *at = '\0';
}

/* Begins a module if an ELF header lies at base. Returns 0, -ENOEXEC if none does, or -ENOMEM. */
static int modules_add(struct modules *modules, struct core_file *core, uint64_t base, const char *path,
                       size_t path_size)
{
    struct module module = {.base = base};
    int error = elf_view_read_memory(core, base, &module.view);
    if (error)
        return error;
    module.end = elf_view_end(&module.view);
    if (module.end <= base || module.end - base > MODULE_LIMIT || modules->count == MODULES_MAX)
        return -ENOEXEC;
    path_size = path_without_deleted(path, path_size);
    if (modules->count % 64 == 0) {
        void *grown = realloc(modules->items, (modules->count + 64) * sizeof *modules->items);
        if (!grown)
            return -ENOMEM;
        modules->items = grown;
    }
    module.path = strndup(path, path_size);
    if (!module.path)
        return -ENOMEM;
    module_set_build_id(&module);
    modules->items[modules->count++] = module;
    return 0;
}

static uint64_t modules_word(const uint8_t *bytes, size_t index)
{
    uint64_t word;
    memcpy(&word, bytes + index * sizeof word, sizeof word);
    return word;
}

/* NT_FILE: count, page size, count times (start, end, offset in pages), then the paths, each ended by NUL. */
static int modules_read_files(struct modules *modules, struct core_file *core, struct core_span files)
{
    if (files.size < 16)
        return 0;
    uint64_t count = modules_word(files.bytes, 0);
    if (count > (files.size - 16) / 24)
        return 0;
    const char *path = (const char *)files.bytes + 16 + count * 24,
               *end = (const char *)files.bytes + files.size;
    for (uint64_t i = 0; i < count && path < end; i++) {
        const char *path_end = memchr(path, '\0', (size_t)(end - path));
        if (!path_end)
            break;
        uint64_t start = modules_word(files.bytes, 2 + i * 3);
        const struct module *current = modules->count ? &modules->items[modules->count - 1] : NULL;
        /* A small file's data segment may map its first page a second time: that begins no module. */
        bool is_inside = current && start >= current->base && start < current->end;
        if (modules_word(files.bytes, 4 + i * 3) == 0 && !is_inside &&
            modules_add(modules, core, start, path, (size_t)(path_end - path)) == -ENOMEM)
            return -ENOMEM;
        path = path_end + 1;
    }
    return 0;
}

/* The core holds the whole image of the vDSO: it serves as its own file. */
static int modules_read_vdso(struct modules *modules, struct core_file *core, uint64_t base)
{
    if (!base)
        return 0;
    int error = modules_add(modules, core, base, VDSO_NAME, strlen(VDSO_NAME));
    if (error)
        return error == -ENOMEM ? error : 0;
    struct module *vdso = &modules->items[modules->count - 1];
    for (size_t size = 64 * 1024; size >= 4096 && !vdso->image; size -= 4096) {
        vdso->image = core_at(core, base, size);
        vdso->image_size = vdso->image ? size : 0;
    }
    return 0;
}

static int modules_compare(const void *left, const void *right)
{
    const struct module *a = left, *b = right;
    return a->base < b->base ? -1 : a->base > b->base;
}

/* The executable goes by the path that it was started by, also after its file was replaced. Returns whether module is
 * the executable. */
static bool module_is_executable(struct module *module, const struct notes *notes)
{
    const uint64_t entry = notes_auxv(notes, AT_ENTRY);
    if (entry < module->base || entry >= module->end)
        return false;
    char *path = notes->exe[0] == '/'
                     ? strndup(notes->exe, path_without_deleted(notes->exe, strlen(notes->exe)))
                     : NULL;
    if (path) {
        free(module->path);
        module->path = path;
    }
    return true;
}

/* musl's libc is the loader too. A distribution's own file, or what its link leads to: Debian has libc.so. */
bool module_name_is_musl(const char *basename)
{
    return strncmp(basename, "ld-musl-", 8) == 0 || strncmp(basename, "libc.musl-", 10) == 0 ||
           strcmp(basename, "libc.so") == 0;
}

int modules_load(struct core_file *core, const struct notes *notes, const struct live_process *live,
                 struct modules *ret_modules)
{
    struct modules modules = {0};
    int error = modules_read_files(&modules, core, notes->files);
    size_t file_count = modules.count;
    if (!error)
        error = modules_read_vdso(&modules, core, notes_auxv(notes, AT_SYSINFO_EHDR));
    if (error) {
        modules_release(&modules);
        return error;
    }
    for (size_t i = 0; i < modules.count; i++)
        modules.has_musl |= module_name_is_musl(module_basename(&modules.items[i]));
    for (size_t i = 0; i < file_count; i++)
        module_open_file(&modules.items[i], module_is_executable(&modules.items[i], notes), live);
    if (modules.count)
        qsort(modules.items, modules.count, sizeof *modules.items, modules_compare);
    *ret_modules = modules;
    return 0;
}

void modules_release(struct modules *modules)
{
    for (size_t i = 0; i < modules->count; i++) {
        struct module *module = &modules->items[i];
        if (module->is_mapped)
            munmap((void *)(uintptr_t)module->image, module->image_size);
        if (module->debug_image)
            munmap((void *)(uintptr_t)module->debug_image, module->debug_size);
        free(module->debug_data);
        free(module->made_table);
        free(module->path);
    }
    free(modules->items);
    *modules = (struct modules){0};
}

struct module *modules_find(struct modules *modules, uint64_t address)
{
    if (modules->last < modules->count) {
        struct module *last = &modules->items[modules->last];
        if (address >= last->base && address < last->end)
            return last;
    }
    size_t low = 0, high = modules->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (modules->items[middle].base <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || address >= modules->items[low - 1].end)
        return NULL;
    modules->last = low - 1;
    return &modules->items[low - 1];
}

const char *module_basename(const struct module *module)
{
    const char *slash = strrchr(module->path, '/');
    return slash && slash[1] ? slash + 1 : module->path;
}

const uint8_t *module_file_at(const struct module *module, uint64_t address, uint64_t size,
                              bool *ret_writable)
{
    if (!module->image)
        return NULL;
    uint64_t vaddr = address - module->view.bias;
    for (size_t i = 0; i < module->view.program_count; i++) {
        const Elf64_Phdr *program = &module->view.programs[i];
        if (program->p_type != PT_LOAD || vaddr < program->p_vaddr ||
            vaddr - program->p_vaddr >= program->p_filesz)
            continue;
        uint64_t skip = vaddr - program->p_vaddr;
        if (program->p_filesz - skip < size || program->p_offset > module->image_size ||
            module->image_size - program->p_offset < skip + size)
            return NULL;
        *ret_writable = program->p_flags & PF_W;
        return module->image + program->p_offset + skip;
    }
    return NULL;
}
