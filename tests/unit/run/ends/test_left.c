/* SPDX-License-Identifier: MIT */
/* A core gets one PT_NOTE more, and keeps all that it had; what is no core stays as it was. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crumple_format.h"
#include "ends/left.h"
#include "unit.h"

#define NS UINT64_C(1000000000)

static char *const argv[] = {"server", NULL};

static struct end_facts facts(void)
{
    return (struct end_facts){.argv = argv,
                              .exe = "/usr/bin/server",
                              .self = 1,
                              .pid = 7,
                              .end_ns = 5 * NS,
                              .finishes = true,
                              .end = {.by_signal = true, .status = SIGABRT},
                              .go_dump = {"panic: x\n", 9},
                              .go_build = {"go\tgo1.19.8\n", 12}};
}

static Elf64_Ehdr read_header(FILE *from)
{
    Elf64_Ehdr header;
    rewind(from);
    ck_assert_uint_eq(fread(&header, sizeof header, 1, from), 1);
    return header;
}

static Elf64_Phdr read_program(FILE *from, const Elf64_Ehdr *header, size_t index)
{
    Elf64_Phdr program;
    ck_assert_int_eq(fseek(from, (long)(header->e_phoff + index * sizeof program), SEEK_SET), 0);
    ck_assert_uint_eq(fread(&program, sizeof program, 1, from), 1);
    return program;
}

START_TEST(notes_are_added)
{
    struct end_facts f = facts();
    char text[64] = "";
    FILE *to = tmpfile();
    ck_assert_int_eq(core_write(&f, END_KILLED, to), 0);
    Elf64_Ehdr before = read_header(to);
    const Elf64_Phdr first = read_program(to, &before, 0);
    for (size_t i = 1; i <= 2; i++) { /* twice: whatever e_phoff is */
        rewind(to);
        ck_assert_int_eq(left_add_notes(to, &f), 0);
        const Elf64_Ehdr after = read_header(to);
        ck_assert_uint_eq(after.e_phnum, before.e_phnum + i);
        const Elf64_Phdr kept = read_program(to, &after, 0), added = read_program(to, &after, i);
        ck_assert_mem_eq(&kept, &first, sizeof first);
        ck_assert_uint_eq(added.p_type, PT_NOTE);
        ck_assert_uint_eq(added.p_offset % 8, 0);
        Elf64_Nhdr note;
        ck_assert_int_eq(fseek(to, (long)added.p_offset, SEEK_SET), 0);
        ck_assert_uint_eq(fread(&note, sizeof note, 1, to), 1);
        ck_assert_uint_eq(note.n_type, CRUMPLE_NOTE_GO_DUMP);
        ck_assert_uint_eq(fread(text, 1, 17, to), 17); /* the owner is padded to 8 */
        ck_assert_mem_eq(text + 8, "panic: x\n", 9);
    }
    (void)fclose(to);
}
END_TEST

START_TEST(what_is_no_core_stays)
{
    static const char nonsense[200] = "\177ELF and nothing else";
    const struct end_facts f = facts();
    for (size_t size = 0; size <= sizeof nonsense; size += 50) {
        FILE *to = tmpfile();
        (void)fwrite(nonsense, 1, size, to);
        rewind(to);
        ck_assert_int_eq(left_add_notes(to, &f), -EBADMSG);
        (void)fseek(to, 0, SEEK_END);
        ck_assert_int_eq(ftell(to), (long)size);
        (void)fclose(to);
    }
}
END_TEST

START_TEST(a_file_that_cannot_be_written_stays)
{
    struct end_facts f = facts();
    char path[] = "/tmp/test_left.XXXXXX";
    const int fd = mkstemp(path);
    FILE *to = fdopen(fd, "r+");
    ck_assert_int_eq(core_write(&f, END_KILLED, to), 0);
    (void)fclose(to);
    to = fopen(path, "r"); /* as a full disk: each write fails */
    const Elf64_Ehdr before = read_header(to);
    rewind(to);
    ck_assert_int_eq(left_add_notes(to, &f), -EIO);
    const Elf64_Ehdr after = read_header(to);
    ck_assert_mem_eq(&after, &before, sizeof before);
    (void)fclose(to);
    (void)unlink(path);
}
END_TEST

START_TEST(only_a_death_by_abort_that_was_asked_for)
{
    struct end_facts f = facts();
    ck_assert(left_is_possible(&f));
    f.finishes = false;
    ck_assert(!left_is_possible(&f));
    f = facts();
    f.end.status = SIGSEGV;
    ck_assert(!left_is_possible(&f));
    f = facts();
    f.end = (struct child_end){.status = 134};
    ck_assert(!left_is_possible(&f));
    f = facts();
    f.pid = 0;
    ck_assert(!left_is_possible(&f));
}
END_TEST

START_TEST(the_core_is_found_by_its_process)
{
    struct end_facts f = facts();
    char folder[] = "/tmp/test_left.XXXXXX", name[CORE_NAME_BYTES + 8], path[200];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    const int directory = open(folder, O_RDONLY | O_DIRECTORY);
    static const char *const names[] = {"19700101T000004.000000Z-server-8.core",
                                        "19700101T000001.000000Z-server-7.core", /* too old */
                                        ".19700101T000004.000000Z-server-7.core.tmp"};
    for (size_t i = 0; i < 3; i++)
        (void)close(openat(directory, names[i], O_CREAT | O_WRONLY, 0600));
    ck_assert(!left_take(&f, directory, 3 * NS, name));
    snprintf(path, sizeof path, "%s/19700101T000004.500000Z-server-7.core", folder);
    FILE *to = fopen(path, "w+");
    ck_assert_int_eq(core_write(&f, END_KILLED, to), 0);
    (void)fclose(to);
    ck_assert(left_take(&f, directory, 3 * NS, name));
    ck_assert_str_eq(name, strrchr(path, '/') + 1);
    to = fopen(path, "r");
    ck_assert_uint_eq(read_header(to).e_phnum, 2);
    (void)fclose(to);
    (void)unlink(path);
    for (size_t i = 0; i < 3; i++)
        (void)unlinkat(directory, names[i], 0);
    (void)close(directory);
    (void)rmdir(folder);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, notes_are_added);
    tcase_add_test(tests, what_is_no_core_stays);
    tcase_add_test(tests, a_file_that_cannot_be_written_stays);
    tcase_add_test(tests, only_a_death_by_abort_that_was_asked_for);
    tcase_add_test(tests, the_core_is_found_by_its_process);
}
