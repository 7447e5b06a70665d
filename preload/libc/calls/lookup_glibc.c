/* SPDX-License-Identifier: MIT */
#include "libc/calls/lookup.h"

#include <dlfcn.h>
#include <elf.h>
#include <gnu/libc-version.h>
#include <link.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"

/*
 * dlsym by its oldest name: linked plainly it binds GLIBC_2.34 on a new machine, and the object would not
 * load on an older one. There it comes from libdl, which the link names for that reason.
 */
__asm__(".symver dlsym, dlsym@GLIBC_2.2.5");
__asm__(".symver dlopen, dlopen@GLIBC_2.2.5");
__asm__(".symver dladdr, dladdr@GLIBC_2.2.5");
__asm__(".symver dladdr1, dladdr1@GLIBC_2.3.3");

/* Another libc lacks them. There this object loads, says so and stays out. */
extern __typeof__(gnu_get_libc_version) gnu_get_libc_version __attribute__((weak));
extern __typeof__(dladdr1) dladdr1 __attribute__((weak));

const char libc_not_ours[] = "this libcrumple.so is the one for glibc, and the program has musl, which needs "
                             "musl/libcrumple.so: the program runs without crumple";

bool libc_is_ours(void)
{
    return gnu_get_libc_version != NULL;
}

/*
 * A dlsym that fails allocates its message, in the constructor, when an allocator that begins with that finds
 * no environment yet and so does not see its configuration (MALLOC_CONF). So what this libc is too old for is
 * not asked for.
 */
bool libc_lacks(const char *name)
{
    static const struct {
        const char *name;
        int minor;
    } since[] = {{"_dl_find_object", 35}, {"__rseq_offset", 35}, {"close_range", 34}, {"epoll_pwait2", 35},
                 {"execveat", 34},        {"forkpty", 34},       {"thrd_create", 28}};
    const char *version = gnu_get_libc_version ? gnu_get_libc_version() : "", *dot = version;
    int minor = 0;
    while (*dot && *dot != '.')
        dot++;
    for (; *dot && dot[1] >= '0' && dot[1] <= '9'; dot++)
        minor = minor * 10 + (dot[1] - '0');
    for (size_t i = 0; i < sizeof since / sizeof *since; i++)
        if (safe_equal(name, since[i].name)) /* no function of libc: a sanitizer may stand before it */
            return version[0] == '2' && minor < since[i].minor;
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
    void *p = handle ? dlsym(handle, name) : NULL;
    int (*close)(void *) = (int (*)(void *))dlsym(RTLD_NEXT, "dlclose");
    if (handle && close)
        close(handle); /* others keep it loaded */
    return p;
}

const char *libc_path_of(const void *address)
{
    Dl_info info;
    return dladdr(address, &info) ? info.dli_fname : NULL;
}

/* libpthread has the same functions, before glibc 2.34. */
bool libc_is_file(const char *name)
{
    return strncmp(name, "libc.so", 7) == 0 || strncmp(name, "libc-", 5) == 0 ||
           strncmp(name, "libpthread", 10) == 0;
}

/* Its name is of a private version. */
uint64_t libc_r_debug(void)
{
    return 0;
}

const void *libc_inside(void)
{
    return (const void *)gnu_get_libc_version;
}

enum libc_place libc_place_of(const void *found, const char *name)
{
    const Elf64_Sym *symbol;
    void *extra = NULL;
    Dl_info info;
    (void)name;
    if (!dladdr1 || !dladdr1(found, &info, &extra, RTLD_DL_SYMENT) ||
        ((symbol = extra) && symbol->st_shndx == SHN_UNDEF))
        return LIBC_PLACE_LINKAGE;
    extra = NULL;
    if (dladdr1(found, &info, &extra, RTLD_DL_LINKMAP) && extra && ((struct link_map *)extra)->l_prev)
        return LIBC_PLACE_LIBRARY;
    return LIBC_PLACE_PROGRAM;
}
