/* SPDX-License-Identifier: MIT */
/*
 * The modules of the process: the executable, its libraries and the vDSO. Each is a group of NT_FILE entries
 * of one path, beginning with the one that holds the ELF header.
 */
#ifndef CRUMPLE_WRITER_CORE_MODULES_H
#define CRUMPLE_WRITER_CORE_MODULES_H

#include "core/elf_view.h"
#include "core/notes.h"

enum module_file {
    MODULE_FILE_OK = 0,
    MODULE_FILE_MISSING = 1,
    MODULE_FILE_CHANGED = 2 /* another build-id: replaced since, or another machine */
};

/* Whether the module's call frame information can be searched; see walk/unwind.c. */
enum module_table { MODULE_TABLE_UNKNOWN = 0, MODULE_TABLE_NONE = 1, MODULE_TABLE_READY = 2 };

struct module {
    char *path;         /* owned; without " (deleted)" */
    uint64_t base, end; /* of the mapping */
    struct elf_view view;
    char build_id[2 * ELF_VIEW_MAX_BUILD_ID + 1]; /* hex; empty if not known */
    enum module_file file;                        /* at the path */
    const uint8_t *image;                         /* bytes of the file that ran, or NULL */
    size_t image_size;
    bool is_mapped;             /* image is a mapping of ours, to be unmapped */
    const uint8_t *debug_image; /* mapped separate debug file, or NULL */
    size_t debug_size;
    uint8_t *debug_data; /* owned: unpacked .gnu_debugdata, or NULL */
    uint8_t *made_table; /* owned: by eh_frame_make_table, or NULL */
    enum module_table table;
    uint64_t table_header, table_address, table_count;
};

struct live_process; /* core/module_files.h */

struct modules {
    struct module *items; /* owned, sorted by base */
    size_t count;
    size_t last;   /* index that answered last */
    bool has_musl; /* the C library is musl */
};

/** Finds the modules and opens their files. Returns 0 or -ENOMEM. */
int modules_load(struct core_file *core, const struct notes *notes, const struct live_process *live,
                 struct modules *ret_modules);

void modules_release(struct modules *modules);

/** Returns the module around address, or NULL. */
struct module *modules_find(struct modules *modules, uint64_t address);

/** True if musl's one file, which is libc and loader, goes by this name (without folders). */
bool module_name_is_musl(const char *basename);

/** Returns the last component of the path. */
const char *module_basename(const struct module *module);

/** Returns size bytes of the module's file that were mapped at address, or NULL; sets whether they were
 * writable. */
const uint8_t *module_file_at(const struct module *module, uint64_t address, uint64_t size,
                              bool *ret_writable);

#endif
