/* SPDX-License-Identifier: MIT */
#include "ends/left.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/say.h"
#include "crumple_format.h"
#include "date.h"
#include "ends/known.h"

#define HEADERS_MAX (CRUMPLE_MAX_SEGMENTS + 8)

bool left_is_possible(const struct end_facts *facts)
{
    return facts->finishes && facts->pid && facts->end.by_signal && facts->end.status == SIGABRT;
}

/* The program headers and one more. NULL: it is no core of ours, or there is no memory. */
static Elf64_Phdr *read_headers(FILE *from, const Elf64_Ehdr *header)
{
    const size_t count = header->e_phnum;
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_type != ET_CORE || !count ||
        count > HEADERS_MAX || header->e_phentsize != sizeof(Elf64_Phdr))
        return NULL;
    Elf64_Phdr *headers = calloc(count + 1, sizeof *headers);
    if (headers && (fseek(from, (long)header->e_phoff, SEEK_SET) != 0 ||
                    fread(headers, sizeof *headers, count, from) != count)) {
        free(headers);
        return NULL;
    }
    return headers;
}

static long write_notes(FILE *to, const struct end_facts *facts, Elf64_Phdr *ret_header)
{
    static const char zeros[8];
    if (fseek(to, 0, SEEK_END) != 0)
        return -1;
    const long size = ftell(to), begin = (size + 7) & ~7L;
    (void)fwrite(zeros, 1, (size_t)(begin - size), to);
    core_go_notes(to, facts);
    const long end = ftell(to), aligned = (end + 7) & ~7L;
    (void)fwrite(zeros, 1, (size_t)(aligned - end), to);
    *ret_header = (Elf64_Phdr){.p_type = PT_NOTE,
                               .p_offset = (Elf64_Off)begin,
                               .p_filesz = (Elf64_Xword)(end - begin),
                               .p_align = 4};
    return aligned;
}

int left_add_notes(FILE *to, const struct end_facts *facts)
{
    Elf64_Ehdr header;
    struct stat before;
    if (fstat(fileno(to), &before) < 0 || fread(&header, sizeof header, 1, to) != 1)
        return -EBADMSG;
    Elf64_Phdr *headers = read_headers(to, &header);
    if (!headers)
        return -EBADMSG;
    const size_t count = (size_t)header.e_phnum + 1;
    const long at = write_notes(to, facts, &headers[count - 1]);
    (void)fwrite(headers, sizeof *headers, count, to);
    free(headers);
    header.e_phoff = (Elf64_Off)at;
    header.e_phnum = (Elf64_Half)count;
    /* Last, so that a core is whole at any time. */
    const bool is_written = at > 0 && fflush(to) == 0 && !ferror(to) && fseek(to, 0, SEEK_SET) == 0 &&
                            fwrite(&header, sizeof header, 1, to) == 1 && fflush(to) == 0;
    if (is_written)
        return 0;
    (void)!ftruncate(fileno(to), before.st_size);
    return -EIO;
}

/* Not while another crumple-writer works on it. */
static void add_to(int directory, const char *name, const struct end_facts *facts)
{
    int fd = openat(directory, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    const bool is_ours = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
                         flock(fd, LOCK_EX | LOCK_NB) == 0;
    FILE *to = is_ours ? fdopen(fd, "r+") : NULL;
    const int error = to ? left_add_notes(to, facts) : -EACCES;
    if (error)
        say("what Go has printed cannot be added to '%s': %s", name, strerror(-error));
    if (to)
        (void)fclose(to);
    else if (fd >= 0)
        (void)close(fd);
}

bool left_take(const struct end_facts *facts, int directory, uint64_t since_ns,
               char ret_name[CORE_NAME_BYTES + 8])
{
    char since[DATE_BYTES];
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *names = fd >= 0 ? fdopendir(fd) : NULL;
    bool is_there = false;
    date_format(since_ns / 1000, since);
    for (struct dirent *entry; names && !is_there && (entry = readdir(names));) {
        is_there = strlen(entry->d_name) < CORE_NAME_BYTES + 8 &&
                   known_by_name(facts, since, entry->d_name) && !known_is_logged(directory, entry->d_name);
        if (is_there)
            snprintf(ret_name, CORE_NAME_BYTES + 8, "%s", entry->d_name);
    }
    if (names)
        (void)closedir(names);
    else if (fd >= 0)
        (void)close(fd);
    if (is_there && facts->go_dump.size)
        add_to(directory, ret_name, facts);
    return is_there;
}
