/* SPDX-License-Identifier: MIT */
/*
 * elfutils' client of debuginfod, left out. That client loads libdebuginfod.so by dlopen, which a static
 * program can do only where the very same glibc is installed, and would ask a server for the debug
 * information of each module that a report names. crumple looks at this machine only. The linker takes these
 * definitions instead of libdwfl/debuginfod-client.c; libdwfl/libdwflP.h has the prototypes.
 */
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <stddef.h>

int __libdwfl_debuginfod_find_executable(Dwfl *dwfl, const unsigned char *build_id, size_t build_id_bytes);
int __libdwfl_debuginfod_find_debuginfo(Dwfl *dwfl, const unsigned char *build_id, size_t build_id_bytes);
void __libdwfl_debuginfod_end(void *client);

int __libdwfl_debuginfod_find_executable(Dwfl *dwfl, const unsigned char *build_id, size_t build_id_bytes)
{
    (void)dwfl, (void)build_id, (void)build_id_bytes;
    return -ENOSYS;
}

int __libdwfl_debuginfod_find_debuginfo(Dwfl *dwfl, const unsigned char *build_id, size_t build_id_bytes)
{
    (void)dwfl, (void)build_id, (void)build_id_bytes;
    return -ENOSYS;
}

void __libdwfl_debuginfod_end(void *client)
{
    (void)client;
}

debuginfod_client *dwfl_get_debuginfod_client(Dwfl *dwfl)
{
    (void)dwfl;
    return NULL;
}
