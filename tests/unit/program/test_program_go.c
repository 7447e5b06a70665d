/* SPDX-License-Identifier: MIT */
/* Go's build information, in programs made here byte by byte. */
#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "program_file.h"
#include "program_go.h"
#include "unit.h"

#define INFO_AT  1024 /* of the section in the file */
#define ADDRESS  0x400000
#define MODULES  "path\texample.com/a\nmod\texample.com/a\tv1.0.0\th1:x=\nbuild\tCGO_ENABLED=1\n"
#define FRAME    "0123456789abcdef"
#define FILE_MAX 200000

struct image {
    Elf64_Ehdr ehdr;
    Elf64_Phdr load;
    Elf64_Shdr sections[2];
    char names[32];
};

static unsigned char file[FILE_MAX];
static char text[PROGRAM_GO_BYTES + 1];
static size_t size;

static void append(const void *bytes, size_t count)
{
    memcpy(file + size, bytes, count);
    size += count;
}

static void append_text(const char *bytes, size_t count)
{
    for (size_t left = count; left || count == 0; left >>= 7) {
        const unsigned char byte = (unsigned char)((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
        append(&byte, 1);
        if (count == 0)
            break;
    }
    append(bytes, count);
}

static void begin(int flags)
{
    struct image image = {.names = "\0.go.buildinfo"};
    memcpy(image.ehdr.e_ident, ELFMAG, SELFMAG);
    image.ehdr.e_ident[EI_CLASS] = ELFCLASS64;
    image.ehdr.e_machine = EM_X86_64;
    image.ehdr.e_phentsize = sizeof(Elf64_Phdr);
    image.ehdr.e_phnum = 1;
    image.ehdr.e_phoff = offsetof(struct image, load);
    image.ehdr.e_shentsize = sizeof(Elf64_Shdr);
    image.ehdr.e_shnum = 2;
    image.ehdr.e_shoff = offsetof(struct image, sections);
    image.load = (Elf64_Phdr){.p_type = PT_LOAD, .p_vaddr = ADDRESS, .p_filesz = FILE_MAX};
    image.sections[0].sh_offset = offsetof(struct image, names);
    image.sections[0].sh_size = sizeof image.names;
    image.sections[1] = (Elf64_Shdr){.sh_name = 1, .sh_offset = INFO_AT};
    memset(file, 0, sizeof file);
    memcpy(file, &image, sizeof image);
    memcpy(file + INFO_AT, "\xff Go buildinf:", 14);
    file[INFO_AT + 14] = 8;
    file[INFO_AT + 15] = (unsigned char)flags;
    size = INFO_AT + 32;
}

static size_t read_file(void)
{
    int fd = memfd_create("image", MFD_CLOEXEC);
    ck_assert_int_eq(write(fd, file, size), (ssize_t)size);
    memset(text, 'x', sizeof text);
    const size_t used = program_go_read(fd, text);
    close(fd);
    ck_assert(used <= PROGRAM_GO_BYTES && text[PROGRAM_GO_BYTES] == 'x');
    text[used] = '\0';
    return used;
}

static void append_pointed(uint64_t address, uint64_t count)
{
    append(&(uint64_t[]){address, count}, 16);
}

START_TEST(texts_that_follow_the_header)
{
    begin(2);
    append_text("go1.19.8", 8);
    append_text(FRAME MODULES FRAME, sizeof FRAME MODULES FRAME - 1);
    read_file();
    ck_assert_str_eq(text, "go\tgo1.19.8\n" MODULES);
}
END_TEST

START_TEST(texts_behind_pointers)
{
    begin(0);
    const uint64_t strings[] = {ADDRESS + INFO_AT + 32, ADDRESS + INFO_AT + 48};
    memcpy(file + INFO_AT + 16, strings, sizeof strings);
    append_pointed(ADDRESS + INFO_AT + 64, 8);
    append_pointed(ADDRESS + INFO_AT + 72, sizeof FRAME MODULES FRAME - 1);
    append("go1.15.9" FRAME MODULES FRAME, sizeof "go1.15.9" FRAME MODULES FRAME - 1);
    read_file();
    ck_assert_str_eq(text, "go\tgo1.15.9\n" MODULES);
    /* Pointers into nothing, and to themselves. */
    const uint64_t wild[] = {0, ADDRESS - 1, ADDRESS + FILE_MAX, UINT64_MAX, ADDRESS + INFO_AT + 16};
    for (size_t i = 0; i < sizeof wild / sizeof *wild; i++) {
        memcpy(file + INFO_AT + 16, &wild[i], sizeof wild[i]);
        ck_assert_uint_eq(read_file(), 0);
    }
}
END_TEST

START_TEST(a_program_without_modules)
{
    begin(2);
    append_text("go1.19.8", 8);
    append_text("", 0);
    read_file();
    ck_assert_str_eq(text, "go\tgo1.19.8\n");
}
END_TEST

/* A build may leave the information out: what runs is Go all the same. */
START_TEST(a_program_without_build_information)
{
    static const char *const names[] = {".gopclntab", ".data.rel.ro.gopclntab"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct program_facts facts;
        begin(2);
        memcpy(file + offsetof(struct image, names) + 1, names[i], strlen(names[i]) + 1);
        memset(file + INFO_AT, 0, 32);
        ck_assert_uint_eq(read_file(), 0);
        int fd = memfd_create("image", MFD_CLOEXEC);
        ck_assert_int_eq(write(fd, file, size), (ssize_t)size);
        ck_assert_int_eq(program_file_read(fd, &facts), 0);
        ck_assert(facts.is_go);
        close(fd);
    }
}
END_TEST

START_TEST(lines_beyond_the_limit_are_left_out)
{
    static char modules[FILE_MAX / 2];
    size_t used = 16;
    begin(2);
    append_text("go1.22.0", 8);
    while (used < sizeof modules - 100)
        used += (size_t)snprintf(modules + used, 100, "dep\texample.com/module%zu\tv1.0.0\n", used);
    append_text(modules, used + 16);
    const size_t got = read_file();
    ck_assert(got > PROGRAM_GO_BYTES - 100 && text[got - 1] == '\n');
}
END_TEST

START_TEST(what_is_cut_or_wrong_has_none)
{
    begin(2);
    append_text("go1.19.8", 8);
    append_text(FRAME MODULES FRAME, sizeof FRAME MODULES FRAME - 1);
    const size_t whole = size;
    for (size = 0; size < INFO_AT + 32 + 10; size++)
        ck_assert_uint_eq(read_file(), 0);
    for (; size <= whole; size++) {
        read_file();
        ck_assert(strncmp(text, "go\tgo1.19.8\n", 12) == 0 && text[strlen(text) - 1] == '\n');
    }
    size = whole;
    for (size_t at = INFO_AT; at < INFO_AT + 16; at++) {
        file[at] ^= 0xff;
        ck_assert(at == INFO_AT + 14 || read_file() == 0); /* the size of pointers is of the older format */
        file[at] ^= 0xff;
    }
    memset(file + INFO_AT + 32, 0xff, 16); /* a number without an end */
    ck_assert_uint_eq(read_file(), 0);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, texts_that_follow_the_header);
    tcase_add_test(tests, texts_behind_pointers);
    tcase_add_test(tests, a_program_without_modules);
    tcase_add_test(tests, a_program_without_build_information);
    tcase_add_test(tests, lines_beyond_the_limit_are_left_out);
    tcase_add_test(tests, what_is_cut_or_wrong_has_none);
}
