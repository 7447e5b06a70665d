/* SPDX-License-Identifier: MIT */
/* The build-id of an ELF file: see read/build_id.h. */
#include <elfutils/libdwelf.h>
#include <errno.h>
#include <gelf.h>
#include <unistd.h>

#include "read/build_id.h"
#include "read/find.h"

int elf_id_hex(const void *bytes, long n, char ret_id[static ELF_ID_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *from = bytes;

    if (n <= 0 || 2 * n + 1 > ELF_ID_BYTES)
        return -EINVAL;
    for (long i = 0; i < n; i++) {
        ret_id[2 * i] = digits[from[i] >> 4];
        ret_id[2 * i + 1] = digits[from[i] & 15];
    }
    ret_id[2 * n] = '\0';
    return 0;
}

int elf_id_read_fd(int fd, char ret_id[static ELF_ID_BYTES])
{
    int error = -ENODATA;
    const void *bytes;

    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    if (elf) {
        ssize_t n = dwelf_elf_gnu_build_id(elf, &bytes);

        if (n > 0 && elf_id_hex(bytes, n, ret_id) == 0)
            error = 0;
        elf_end(elf);
    }
    return error;
}

int elf_id_read(const char *path, char ret_id[static ELF_ID_BYTES])
{
    int fd = find_open_regular(path, 0);

    if (fd < 0)
        return fd;
    int error = elf_id_read_fd(fd, ret_id);
    close(fd);
    return error;
}
