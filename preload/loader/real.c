/* SPDX-License-Identifier: MIT */
#include "loader/real.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <link.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"

/*
 * dlsym by its oldest name: linked plainly it binds GLIBC_2.34 on a new machine, and the object would not
 * load on an older one. There it comes from libdl, which the link names for that reason.
 */
__asm__(".symver dlsym, dlsym@GLIBC_2.2.5");
__asm__(".symver dlopen, dlopen@GLIBC_2.2.5");
__asm__(".symver dladdr, dladdr@GLIBC_2.2.5");
__asm__(".symver dladdr1, dladdr1@GLIBC_2.3.3");

struct real real;

/*
 * A dlsym that fails allocates its message, in the constructor, when an allocator that begins with that finds
 * no environment yet and so does not see its configuration (MALLOC_CONF). So what this libc is too old for is
 * not asked for.
 */
static bool is_too_new(const char *name)
{
    static const struct {
        const char *name;
        int minor;
    } since[] = {{"_dl_find_object", 35}, {"__rseq_offset", 35}, {"close_range", 34}, {"epoll_pwait2", 35},
                 {"execveat", 34},        {"forkpty", 34},       {"thrd_create", 28}};
    const char *version = gnu_get_libc_version(), *dot = version;
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

/* An address in this object. */
static bool is_ours(const void *p)
{
    extern const char __ehdr_start[] __attribute__((visibility("hidden")));
    extern const char etext[] __attribute__((visibility("hidden")));
    return (const char *)p >= __ehdr_start && (const char *)p < etext;
}

static void *resolve(const char *name)
{
    void *p = is_too_new(name) ? NULL : dlsym(RTLD_NEXT, name);
    /* Preloaded twice, or through a copy: calling ourselves would never end. */
    return is_ours(p) ? NULL : p;
}

void *real_next(const char *symbol)
{
    return dlsym(RTLD_NEXT, symbol);
}

void *real_find(const char *symbol)
{
    return dlsym(RTLD_DEFAULT, symbol);
}

void *real_shared(const char *name, bool *ret_own)
{
    void *next = dlsym(RTLD_NEXT, name), *first = dlsym(RTLD_DEFAULT, name), *extra = NULL;
    const Elf64_Sym *symbol;
    Dl_info info;
    if (!next || first == next)
        return next;
    /* In a program that is not position-independent, the address of its own procedure linkage table. */
    if (!dladdr1(first, &info, &extra, RTLD_DL_SYMENT) || ((symbol = extra) && symbol->st_shndx == SHN_UNDEF))
        return next;
    extra = NULL;
    if (dladdr1(first, &info, &extra, RTLD_DL_LINKMAP) && extra && ((struct link_map *)extra)->l_prev)
        return first; /* another preloaded library stands before us: it calls on */
    *ret_own = true;
    return NULL;
}

void *real_find_in(const char *library, const char *symbol)
{
    void *handle = dlopen(library, RTLD_NOW | RTLD_NOLOAD);
    void *p = handle ? dlsym(handle, symbol) : NULL;
    if (handle && real.dlclose)
        real.dlclose(handle); /* others keep it loaded */
    return p;
}

bool real_is_interposed(void)
{
    Dl_info info;
    if (!dladdr((void *)real.sigaction, &info) || !info.dli_fname)
        return false;
    const char *name = strrchr(info.dli_fname, '/');
    name = name ? name + 1 : info.dli_fname;
    /* libpthread has the same function, before glibc 2.34. */
    return strncmp(name, "libc.so", 7) != 0 && strncmp(name, "libc-", 5) != 0 &&
           strncmp(name, "libpthread", 10) != 0;
}

const char *real_resolve(void)
{
    struct real found;
#define REAL_RESOLVE(name) found.name = (__typeof__(found.name))resolve(#name);
    REAL_REQUIRED(REAL_RESOLVE)
    REAL_OPTIONAL(REAL_RESOLVE)
    REAL_USED(REAL_RESOLVE)
#define REAL_CHECK(name)                                                                                     \
    if (!found.name)                                                                                         \
        return #name;
    REAL_REQUIRED(REAL_CHECK)
    real = found;
    return NULL;
}

void real_make(void)
{
    if (real_resolve()) {
        static const char message[] = "crumple: libc lacks a required function; cannot continue\n";
        safe_call(SYS_write, 2, message, sizeof message - 1);
        safe_call(SYS_exit_group, 127);
    }
}
