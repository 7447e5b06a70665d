/* SPDX-License-Identifier: MIT */
#include "libc/calls/lookup.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <string.h>

#include "proc/symbols.h"

/* Only glibc has it. */
extern const char *gnu_get_libc_version(void) __attribute__((weak));

const char libc_not_ours[] =
    "this libcrumple.so is the one for musl, and the program has glibc, which needs the "
    "libcrumple.so of the folder above: the program runs without crumple";

bool libc_is_ours(void)
{
    return gnu_get_libc_version == NULL;
}

/* A look-up that fails allocates nothing of the program's (src/ldso/dlerror.c). */
bool libc_lacks(const char *name)
{
    (void)name;
    return false;
}

void *libc_next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

void *libc_find(const char *name)
{
    return dlsym(RTLD_DEFAULT, name);
}

void *libc_find_in(const char *library, const char *name)
{
    void *handle = dlopen(library, RTLD_NOW | RTLD_NOLOAD);
    return handle ? dlsym(handle, name) : NULL; /* nothing is ever unloaded: the handle needs no dlclose */
}

const char *libc_path_of(const void *address)
{
    Dl_info info;
    return dladdr(address, &info) ? info.dli_fname : NULL;
}

/* The loader is libc. The program's interpreter names it, Alpine's libraries need it as libc.musl-x86_64.so.1. */
bool libc_is_file(const char *name)
{
    return strncmp(name, "ld-musl", 7) == 0 || strncmp(name, "libc.musl", 9) == 0 ||
           strncmp(name, "libc.so", 7) == 0;
}

/* What DT_DEBUG has, too. */
extern const void *const _dl_debug_addr __attribute__((weak));

uint64_t libc_r_debug(void)
{
    return (uint64_t)_dl_debug_addr;
}

const void *libc_inside(void)
{
    return (const void *)dl_iterate_phdr;
}

/*
 * dlsym also finds what the program only calls, where the call has an address of its own (ldso/dynlink.c, find_sym). The
 * program is the first in the loader's list; AT_PHDR is the loader's where that was given the program as an argument.
 */
enum libc_place libc_place_of(const void *found, const char *name)
{
    struct safe_object program;
    Dl_info info;
    if (!dladdr(found, &info) || !safe_symbols_first(&program))
        return LIBC_PLACE_LINKAGE;
    if (info.dli_fname != ((const struct link_map *)program.map)->l_name)
        return LIBC_PLACE_LIBRARY;
    return safe_symbols_find(&program, name, NULL) ? LIBC_PLACE_PROGRAM : LIBC_PLACE_LINKAGE;
}
