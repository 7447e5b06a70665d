/* SPDX-License-Identifier: MIT */
/* The common parts of debug files: see lookup/alternate.h. */
#include <elfutils/libdwelf.h>
#include <unistd.h>

#include "lookup/alternate.h"
#include "lookup/elf_file.h"

static bool take(const char *path, void *context)
{
    struct alternate *alternate = context;

    alternate->fd = elf_file_open(path, alternate->id, ELF_FILE_UNITS);
    return alternate->fd >= 0;
}

void alternate_open(Dwarf *dwarf, const struct sources *sources, struct alternate *ret_alternate)
{
    const char *name;
    const void *bytes;

    *ret_alternate = (struct alternate){.fd = -1};
    ssize_t n = dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &bytes);
    /* libdw looks beside the debug file and in /usr/lib/debug itself */
    if (n <= 0 || dwarf_getalt(dwarf) || elf_id_hex(bytes, n, ret_alternate->id) < 0)
        return;
    if (!sources_each(sources, name, ret_alternate->id, take, ret_alternate))
        return;
    ret_alternate->dwarf = dwarf_begin(ret_alternate->fd, DWARF_C_READ);
    if (!ret_alternate->dwarf)
        return;
    dwarf_setalt(dwarf, ret_alternate->dwarf);
    ret_alternate->id[0] = '\0';
}

void alternate_close(struct alternate *alternate)
{
    if (alternate->dwarf)
        dwarf_end(alternate->dwarf);
    if (alternate->fd >= 0)
        close(alternate->fd);
    *alternate = (struct alternate){.fd = -1};
}
