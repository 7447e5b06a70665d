/* SPDX-License-Identifier: MIT */
/* Cores are input that may be truncated or hostile: the reader refuses them, and the rest never reads beyond
 * them. */
#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/procfs.h>
#include <unistd.h>

#include "analyse.h"
#include "crash/crash.h"
#include "unit.h"

/* A core of one thread: header, two program headers, the note, 64 bytes of memory at 0x10000. */
struct small_core {
    Elf64_Ehdr header;
    Elf64_Phdr programs[2];
    struct __attribute__((packed)) {
        Elf64_Nhdr header;
        char name[8];
        struct elf_prstatus status;
    } note;
    uint8_t memory[64];
};

static struct small_core small_core(void)
{
    struct small_core core = {
        .header = {.e_type = ET_CORE,
                   .e_machine = EM_X86_64,
                   .e_phoff = offsetof(struct small_core, programs),
                   .e_phentsize = sizeof(Elf64_Phdr),
                   .e_phnum = 2},
        .programs = {{.p_type = PT_NOTE,
                      .p_offset = offsetof(struct small_core, note),
                      .p_filesz = sizeof core.note},
                     {.p_type = PT_LOAD,
                      .p_offset = offsetof(struct small_core, memory),
                      .p_vaddr = 0x10000,
                      .p_filesz = 64,
                      .p_memsz = 64}},
        .note = {.header = {.n_namesz = 5, .n_descsz = sizeof(struct elf_prstatus), .n_type = NT_PRSTATUS},
                 .name = "CORE"},
    };
    memcpy(core.header.e_ident, ELFMAG, SELFMAG);
    core.header.e_ident[EI_CLASS] = ELFCLASS64;
    core.header.e_ident[EI_DATA] = ELFDATA2LSB;
    core.note.status.pr_pid = 77;
    core.note.status.pr_reg[19] = 0x10000; /* rsp */
    return core;
}

static int core_descriptor(const void *bytes, size_t size)
{
    int fd = memfd_create("core", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
    return fd;
}

static int open_bytes(const void *bytes, size_t size, struct core_damage *ret_damage)
{
    struct crash crash;
    int fd = core_descriptor(bytes, size);
    int error = crash_open(fd, "name", &crash, ret_damage);
    if (!error) {
        ck_assert_int_eq(analyse_crash(&crash), 0);
        crash_release(&crash);
    }
    close(fd);
    return error;
}

START_TEST(test_reads_a_small_core)
{
    struct small_core core = small_core();
    struct core_damage damage;
    struct crash crash;
    int fd = core_descriptor(&core, sizeof core);
    ck_assert_int_eq(crash_open(fd, "name", &crash, &damage), 0);
    ck_assert_int_eq(analyse_crash(&crash), 0);
    ck_assert_uint_eq(crash.notes.thread_count, 1);
    ck_assert_int_eq(crash_thread(&crash)->tid, 77);
    ck_assert_uint_eq(crash.stacks[0].count, 1);
    ck_assert(core_at(&crash.core, 0x10000, 64) != NULL);
    ck_assert(core_at(&crash.core, 0x10000, 65) == NULL);
    ck_assert(core_at(&crash.core, 0xffff, 2) == NULL);
    ck_assert(core_at(&crash.core, 0x1003f, UINT64_MAX) == NULL);
    crash_release(&crash);
    close(fd);
}
END_TEST

START_TEST(test_refuses_every_truncation)
{
    struct small_core core = small_core();
    struct core_damage damage;
    for (size_t size = 0; size < offsetof(struct small_core, memory) + sizeof core.memory; size++)
        ck_assert_int_eq(open_bytes(&core, size, &damage), -EBADMSG);
    ck_assert_ptr_nonnull(strstr(damage.text, "truncated at byte "));
}
END_TEST

/* Each 8 bytes of the headers in turn become a number that breaks careless arithmetic. */
START_TEST(test_survives_wild_numbers)
{
    static const uint64_t wild[] = {0,          1,          0x7f,   UINT32_MAX,     UINT64_MAX,
                                    1ull << 63, 1ull << 32, 0xfff0, UINT64_MAX - 7, 0x8000000000000001};
    struct core_damage damage;
    for (size_t at = 0; at + 8 <= sizeof(struct small_core); at += 4) {
        struct small_core core = small_core();
        memcpy((char *)&core + at, &wild[_i], sizeof wild[_i]);
        int error = open_bytes(&core, sizeof core, &damage);
        ck_assert(error == 0 || error == -EBADMSG);
    }
}
END_TEST

START_TEST(test_refuses_what_is_not_a_core)
{
    struct small_core core = small_core();
    struct core_damage damage;
    core.header.e_type = ET_EXEC;
    ck_assert_int_eq(open_bytes(&core, sizeof core, &damage), -EBADMSG);
    core = small_core();
    core.header.e_machine = EM_AARCH64;
    ck_assert_int_eq(open_bytes(&core, sizeof core, &damage), -EBADMSG);
    core = small_core();
    core.programs[0].p_type = PT_LOAD;
    ck_assert_int_eq(open_bytes(&core, sizeof core, &damage), -EBADMSG);
    ck_assert_int_eq(open_bytes("hello", 5, &damage), -EBADMSG);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_reads_a_small_core);
    tcase_add_test(tests, test_refuses_every_truncation);
    tcase_add_loop_test(tests, test_survives_wild_numbers, 0, 10);
    tcase_add_test(tests, test_refuses_what_is_not_a_core);
}
