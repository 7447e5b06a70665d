/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process and in the keeper. See capture/fault_notes.h. */
#include "capture/fault_notes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "state/config.h"
#include "base/io.h"
#include "proc/proc.h"
#include "base/sys.h"

static void key_number(struct safe_text *t, const char *key, uint64_t value)
{
    safe_text_add(t, key);
    safe_text_add_u64(t, value);
    safe_text_add(t, "\n");
}

/*
 * What the processor was about to do at the address (arch/x86/include/asm/trap_pf.h), in the registers of the
 * fault that the report is about. A context keeps the trap of an earlier fault; the address tells it from
 * this one.
 */
void safe_fault_notes_access(struct safe_text *info, const struct safe_origin *origin)
{
    const greg_t *reg = origin->context.uc_mcontext.gregs;
    const int code = origin->info.si_code, number = origin->info.si_signo;
    enum { PAGE_FAULT = 14, ERROR_WRITE = 2, ERROR_FETCH = 16 };
    if ((number != SIGSEGV && number != SIGBUS) || code <= 0 || code == SI_KERNEL ||
        reg[REG_TRAPNO] != PAGE_FAULT || (uint64_t)reg[REG_CR2] != (uint64_t)origin->info.si_addr)
        return;
    safe_text_add(info, reg[REG_ERR] & ERROR_FETCH   ? "access=execute\n"
                        : reg[REG_ERR] & ERROR_WRITE ? "access=write\n"
                                                     : "access=read\n");
}

static bool is_file(int fd, const struct safe_map *map, struct stat *ret_status)
{
    return fd >= 0 && safe_fstat(fd, ret_status) == 0 && ret_status->st_ino == map->ino;
}

/* Only its path: neither a device nor a lease is touched. By the name, else by the kernel's link to the mapped file,
 * which needs a capability (proc(5)). */
static int open_mapped(const struct safe_map *map, struct stat *ret_status)
{
    char path[CONFIG_PATH_BYTES];
    struct safe_text t = safe_text_on(path, sizeof path);
    if (map->path_bytes >= sizeof path)
        return -1;
    safe_text_add_n(&t, map->path, map->path_bytes);
    int fd = safe_open(-1, path, O_PATH, 0);
    if (is_file(fd, map, ret_status))
        return fd;
    safe_close(fd);
    t = safe_text_on(path, sizeof path);
    safe_text_add(&t, "/proc/self/map_files/");
    safe_text_add_hex_digits(&t, map->start);
    safe_text_add(&t, "-");
    safe_text_add_hex_digits(&t, map->end);
    fd = safe_proc_open(path, O_PATH);
    if (is_file(fd, map, ret_status))
        return fd;
    safe_close(fd);
    return -1;
}

void safe_fault_notes_file(struct safe_text *info, const struct safe_origin *origin,
                           const struct safe_maps *maps)
{
    const uint64_t address = (uint64_t)origin->info.si_addr;
    const struct safe_map *map = safe_maps_find(maps, address);
    struct statfs system;
    struct stat status;
    enum { BUS_ADRERR_CODE = 2 };
    if (origin->info.si_signo != SIGBUS || origin->info.si_code != BUS_ADRERR_CODE || !map ||
        !safe_map_is_file(map))
        return;
    int fd = open_mapped(map, &status);
    if (fd < 0)
        return;
    key_number(info, "file_offset=", map->offset + (address - map->start));
    key_number(info, "file_bytes=", (uint64_t)status.st_size);
    if (safe_call(SYS_fstatfs, fd, &system) == 0) {
        bool is_root = safe_call(SYS_geteuid) == 0; /* who has what is kept for root (ext4) */
        key_number(info, "file_free=",
                   (uint64_t)(is_root ? system.f_bfree : system.f_bavail) * (uint64_t)system.f_bsize);
        key_number(info, "file_system=", (uint64_t)system.f_type & UINT32_MAX);
    }
    safe_close(fd);
}
