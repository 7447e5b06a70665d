/* SPDX-License-Identifier: MIT */
#include "program_file.h"

#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define PHDRS_MAX    64
#define SECTIONS_MAX 128
#define NAMES_BYTES  4096

/* Sections of Go's linker (cmd/link/internal/ld/data.go, pcln.go) in stripped programs, too. The first has the build information, which a
 * build may leave out; without the others no Go program runs. */
static const char *const go_sections[] = {".go.buildinfo", ".gopclntab", ".data.rel.ro.gopclntab"};

size_t program_file_bytes(int fd, uint64_t offset, void *ret_bytes, size_t bytes)
{
    ssize_t got;
    do
        got = offset > INT64_MAX ? -1 : pread(fd, ret_bytes, bytes, (off_t)offset);
    while (got < 0 && errno == EINTR);
    return got < 0 ? 0 : (size_t)got;
}

static bool read_at(int fd, uint64_t offset, void *buffer, size_t bytes)
{
    return program_file_bytes(fd, offset, buffer, bytes) == bytes;
}

/* The kernel's rules (fs/binfmt_script.c): blanks, the path, and perhaps one argument. */
static void read_script(const char *head, size_t bytes, struct program_facts *ret)
{
    size_t from = 2, n = 0;
    while (from < bytes && (head[from] == ' ' || head[from] == '\t'))
        from++;
    while (from + n < bytes && n < sizeof ret->interpreter - 1 && !strchr(" \t\n", head[from + n]))
        n++;
    ret->kind = PROGRAM_SCRIPT;
    memcpy(ret->interpreter, head + from, n);
    ret->interpreter[n] = '\0';
}

static const Elf64_Shdr *find_section(const Elf64_Shdr *sections, size_t count, const char *names,
                                      size_t bytes, const char *name)
{
    const size_t size = strlen(name) + 1;
    for (size_t i = 0; i < count; i++)
        if (sections[i].sh_name < bytes && bytes - sections[i].sh_name >= size &&
            memcmp(names + sections[i].sh_name, name, size) == 0)
            return &sections[i];
    return NULL;
}

static bool find_go_section(int fd, const Elf64_Ehdr *ehdr, uint64_t *ret_offset)
{
    Elf64_Shdr sections[SECTIONS_MAX];
    char names[NAMES_BYTES];
    const Elf64_Shdr *found = NULL;
    if (ehdr->e_shentsize != sizeof *sections || ehdr->e_shnum > SECTIONS_MAX ||
        ehdr->e_shstrndx >= ehdr->e_shnum ||
        !read_at(fd, ehdr->e_shoff, sections, ehdr->e_shnum * sizeof *sections))
        return false;
    const Elf64_Shdr *strings = &sections[ehdr->e_shstrndx];
    size_t bytes = strings->sh_size < sizeof names ? strings->sh_size : sizeof names;
    if (!read_at(fd, strings->sh_offset, names, bytes))
        return false;
    for (size_t i = 0; i < sizeof go_sections / sizeof *go_sections && !found; i++)
        found = find_section(sections, ehdr->e_shnum, names, bytes, go_sections[i]);
    if (found)
        *ret_offset = found->sh_offset;
    return found;
}

static bool read_header(int fd, Elf64_Ehdr *ret)
{
    return read_at(fd, 0, ret, sizeof *ret) && memcmp(ret->e_ident, ELFMAG, SELFMAG) == 0 &&
           ret->e_ident[EI_CLASS] == ELFCLASS64 && ret->e_machine == EM_X86_64;
}

bool program_file_go_section(int fd, uint64_t *ret_offset)
{
    Elf64_Ehdr ehdr;
    return read_header(fd, &ehdr) && find_go_section(fd, &ehdr, ret_offset);
}

static bool read_segments(int fd, const Elf64_Ehdr *ehdr, Elf64_Phdr phdr[PHDRS_MAX])
{
    return ehdr->e_phentsize == sizeof *phdr && ehdr->e_phnum <= PHDRS_MAX &&
           read_at(fd, ehdr->e_phoff, phdr, ehdr->e_phnum * sizeof *phdr);
}

bool program_file_offset(int fd, uint64_t address, uint64_t *ret_offset)
{
    Elf64_Ehdr ehdr;
    Elf64_Phdr phdr[PHDRS_MAX];
    if (!read_header(fd, &ehdr) || !read_segments(fd, &ehdr, phdr))
        return false;
    for (int i = 0; i < ehdr.e_phnum; i++)
        if (phdr[i].p_type == PT_LOAD && address >= phdr[i].p_vaddr &&
            address - phdr[i].p_vaddr < phdr[i].p_filesz) {
            *ret_offset = phdr[i].p_offset + (address - phdr[i].p_vaddr);
            return true;
        }
    return false;
}

enum program_kind program_file_loader(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    if (strncmp(name, "ld-musl-", 8) == 0)
        return PROGRAM_MUSL;
    return strncmp(name, "ld-linux-x86-64.", 16) == 0 || strncmp(name, "ld-2.", 5) == 0 ? PROGRAM_GLIBC
                                                                                        : PROGRAM_FOREIGN;
}

static void read_program(int fd, const Elf64_Ehdr *ehdr, struct program_facts *ret)
{
    Elf64_Phdr phdr[PHDRS_MAX];
    if (ehdr->e_ident[EI_CLASS] != ELFCLASS64 || ehdr->e_machine != EM_X86_64) {
        ret->kind = PROGRAM_FOREIGN;
        return;
    }
    uint64_t go_section;
    if (!read_segments(fd, ehdr, phdr))
        return;
    for (int i = 0; i < ehdr->e_phnum; i++) {
        if (phdr[i].p_type != PT_INTERP)
            continue;
        uint64_t bytes = phdr[i].p_filesz;
        if (bytes >= sizeof ret->interpreter || !read_at(fd, phdr[i].p_offset, ret->interpreter, bytes))
            return;
        ret->interpreter[bytes] = '\0';
    }
    ret->kind = *ret->interpreter ? program_file_loader(ret->interpreter) : PROGRAM_STATIC;
    ret->is_go = find_go_section(fd, ehdr, &go_section);
}

int program_file_read(int fd, struct program_facts *ret)
{
    union {
        Elf64_Ehdr ehdr;
        char bytes[PROGRAM_INTERPRETER_BYTES];
    } head = {0};
    *ret = (struct program_facts){.kind = PROGRAM_UNKNOWN};
    ssize_t got = pread(fd, &head, sizeof head, 0);
    if (got < 0)
        return -errno;
    if (got >= 2 && memcmp(head.bytes, "#!", 2) == 0)
        read_script(head.bytes, (size_t)got, ret);
    else if (got >= (ssize_t)sizeof head.ehdr && memcmp(head.bytes, ELFMAG, SELFMAG) == 0)
        read_program(fd, &head.ehdr, ret);
    else
        *ret = (struct program_facts){.kind = PROGRAM_SCRIPT, .interpreter = "/bin/sh"}; /* execvp(3) */
    return 0;
}
