/* SPDX-License-Identifier: MIT */
/* A small core of a process with code, a stack and a list of libraries, and what is left of it. */
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>

#include "crumple_format.h"
#include "scrub.h"
#include "unit.h"

#define CODE  UINT64_C(0x560000001000)
#define DATA  UINT64_C(0x560000002000)
#define STACK UINT64_C(0x7ffc00001003) /* not at a word's beginning */
#define LOW   UINT64_C(0x400000)

static const char maps[] = "400000-401000 r-xp 00000000 fe:00 1   /bin/low\n"
                           "500000-501000 rw-p 00000000 00:00 0   [heap]\n"
                           "560000001000-560000002000 r-xp 00000000 fe:00 7   /bin/x\n"
                           "560000002000-560000003000 rw-p 00001000 fe:00 7   /bin/x\n"
                           "560000003000-560000004000 r--p 00002000 fe:00 7   /bin/x\n"
                           "560000005000-560000006000 r--p 00000000 fe:00 9   /etc/key\n"
                           "7ffc00000000-7ffc00002000 rw-p 00000000 00:00 0   [stack]\n";

struct made {
    _Alignas(8) uint8_t bytes[16384];
    size_t size, notes_at, notes_size;
    Elf64_Ehdr *header;
    Elf64_Phdr *programs;
};

static void add_note(struct made *core, const char *owner, uint32_t type, const void *content, size_t size)
{
    const Elf64_Nhdr header = {(uint32_t)strlen(owner) + 1, (uint32_t)size, type};
    memcpy(core->bytes + core->size, &header, sizeof header);
    core->size += sizeof header;
    strcpy((char *)core->bytes + core->size, owner);
    core->size += (header.n_namesz + 3) & ~3u;
    memcpy(core->bytes + core->size, content, size);
    core->size += (size + 3) & ~(size_t)3;
}

static void *add_memory(struct made *core, uint64_t address, size_t size)
{
    core->programs[core->header->e_phnum++] = (Elf64_Phdr){
        .p_type = PT_LOAD, .p_offset = core->size, .p_vaddr = address, .p_filesz = size, .p_memsz = size};
    core->size += size;
    return core->bytes + core->size - size;
}

/* Headers and notes; memory is added behind them. */
static struct made *make(void)
{
    struct made *core = calloc(1, sizeof *core);
    struct elf_prstatus status = {.pr_pid = 5};
    struct user_regs_struct registers = {.rip = 0x4141414141414141,
                                         .rsp = STACK,
                                         .rax = 0x7365637265743121,
                                         .rbx = CODE + 8,
                                         .rcx = 0x400010,
                                         .rdx = 0x500010,
                                         .orig_rax = 202};
    const uint64_t auxv[] = {AT_PHDR, DATA, AT_PHNUM, 1, AT_NULL, 0};
    struct elf_prpsinfo process = {.pr_psargs = "server --token s3cr3t"};
    static const char info[] = "format=1\nabort_msg=s3cr3t\npid=5\nnobody knows s3cr3t\ntags=!t=s3cr3t";
    core->header = (Elf64_Ehdr *)core->bytes;
    *core->header = (Elf64_Ehdr){.e_type = ET_CORE,
                                 .e_machine = EM_X86_64,
                                 .e_phoff = sizeof(Elf64_Ehdr),
                                 .e_phentsize = sizeof(Elf64_Phdr)};
    memcpy(core->header->e_ident, ELFMAG, SELFMAG);
    core->header->e_ident[EI_CLASS] = ELFCLASS64;
    core->programs = (Elf64_Phdr *)(core->header + 1);
    core->size = core->notes_at = 1024;
    memcpy(&status.pr_reg, &registers, sizeof registers);
    add_note(core, "CORE", NT_PRSTATUS, &status, sizeof status);
    add_note(core, "CORE", NT_PRPSINFO, &process, sizeof process);
    add_note(core, "CORE", NT_AUXV, auxv, sizeof auxv);
    static uint8_t vectors[1024];
    memset(vectors, 's', sizeof vectors);
    add_note(core, "LINUX", NT_X86_XSTATE, vectors, sizeof vectors);
    add_note(core, "CORE", NT_FPREGSET, "s3cr3t", 6);
    add_note(core, CRUMPLE_NOTE_OWNER, CRUMPLE_NOTE_INFO, info, sizeof info - 1);
    add_note(core, CRUMPLE_NOTE_OWNER, CRUMPLE_NOTE_MAPS, maps, sizeof maps - 1);
    add_note(core, CRUMPLE_NOTE_OWNER, CRUMPLE_NOTE_CMDLINE, "server\0s3cr3t", 13);
    add_note(core, CRUMPLE_NOTE_OWNER, CRUMPLE_NOTE_BASE + 999, "s3cr3t", 6);
    add_note(core, "OTHER", 1, "s3cr3t", 6);
    core->notes_size = core->size - core->notes_at;
    core->programs[core->header->e_phnum++] =
        (Elf64_Phdr){.p_type = PT_NOTE, .p_offset = core->notes_at, .p_filesz = core->notes_size};
    core->size += 8; /* a gap */
    memcpy(core->bytes + core->size - 8, "s3cr3t", 6);
    return core;
}

/* Whole, and once more in pieces of every kind: the same. The caller frees it. */
static uint8_t *scrubbed(const struct made *core)
{
    struct scrub *scrub = NULL;
    uint8_t *copy = malloc(core->size), *pieces = malloc(core->size);
    ck_assert_int_eq(scrub_open(core->bytes, core->size, &scrub), 0);
    memcpy(copy, core->bytes, core->size);
    memcpy(pieces, core->bytes, core->size);
    scrub_range(scrub, 0, core->size, copy);
    for (size_t at = 0, step = 1; at < core->size; at += step, step = step % 37 + 1)
        scrub_range(scrub, at, at + step < core->size ? at + step : core->size, pieces + at);
    ck_assert(memcmp(copy, pieces, core->size) == 0);
    scrub_release(scrub);
    free(pieces);
    ck_assert_ptr_null(memmem(copy, core->size, "s3cr3t", 6));
    return copy;
}

START_TEST(of_memory_that_can_be_written_only_addresses_stay)
{
    struct made *core = make();
    uint8_t *stack = add_memory(core, STACK, 77); /* words begin 5 bytes into it */
    const uint64_t words[] = {CODE + 5, 0x7365637265743121, 42,       STACK + 8,
                              DATA,     0x400123,           0x500123, 0x560000009000};
    const uint64_t kept[] = {CODE + 5, 0, 0, STACK + 8, DATA, 0x400123, 0, 0};
    memcpy(stack, "abcde", 5);
    memcpy(stack + 5, words, sizeof words);
    memcpy(stack + 69, &words[0], 8); /* the last word is whole, too */
    uint8_t *copy = scrubbed(core), *to = copy + (stack - core->bytes);
    ck_assert_mem_eq(to, "\0\0\0\0\0", 5);
    ck_assert_mem_eq(to + 5, kept, sizeof kept);
    ck_assert_mem_eq(to + 69, &words[0], 8);
    free(copy);
    free(core);
}
END_TEST

START_TEST(code_and_constants_of_files_with_code_stay_and_other_files_do_not)
{
    struct made *core = make();
    const uint64_t addresses[] = {CODE + 0x100, 0x560000003000, 0x560000005000};
    size_t at[3];
    for (int i = 0; i < 3; i++)
        at[i] = (size_t)((uint8_t *)memcpy(add_memory(core, addresses[i], 16), "0123456789abcdef", 16) -
                         core->bytes);
    uint8_t *copy = scrubbed(core);
    ck_assert_mem_eq(copy + at[0], "0123456789abcdef", 16);
    ck_assert_mem_eq(copy + at[1], "0123456789abcdef", 16);
    for (int i = 0; i < 16; i++)
        ck_assert_uint_eq(copy[at[2] + (size_t)i], 0);
    free(copy);
    free(core);
}
END_TEST

START_TEST(registers_are_addresses_and_notes_are_those_of_the_list)
{
    struct made *core = make();
    uint8_t *copy = scrubbed(core);
    struct elf_prstatus status;
    struct user_regs_struct registers;
    memcpy(&status, copy + core->notes_at + 12 + 8, sizeof status);
    memcpy(&registers, &status.pr_reg, sizeof registers);
    ck_assert_uint_eq(registers.rip, 0x4141414141414141);
    ck_assert_uint_eq(registers.rsp, STACK);
    ck_assert_uint_eq(registers.rax, 0);
    ck_assert_uint_eq(registers.rbx, CODE + 8);
    ck_assert_uint_eq(registers.rcx, 0x400010);
    ck_assert_uint_eq(registers.rdx, 0);
    ck_assert_uint_eq(registers.orig_rax, 202);
    ck_assert_ptr_nonnull(memmem(copy, core->size, "format=1\nabort_msg=      \npid=5\n    ", 36));
    ck_assert_ptr_nonnull(memmem(copy, core->size, "server\0\0\0", 9));
    const uint8_t *vectors = memmem(copy, core->size, "ssssssss", 8);
    ck_assert_ptr_eq((uint8_t *)memmem(copy, core->size, "LINUX", 6) + 8 + 464, vectors);
    ck_assert_uint_eq(vectors[48], 0);
    free(copy);
    free(core);
}
END_TEST

START_TEST(link_maps_and_the_paths_of_libraries_stay)
{
    struct made *core = make();
    struct {
        Elf64_Phdr header;
        Elf64_Dyn dynamic[2];
        struct r_debug debug;
        struct link_map links[2];
        char path[16], text[16];
    } *data = add_memory(core, DATA, sizeof *data), *left;
    data->header = (Elf64_Phdr){.p_type = PT_DYNAMIC, .p_vaddr = DATA + sizeof data->header};
    data->dynamic[0] =
        (Elf64_Dyn){.d_tag = DT_DEBUG, .d_un.d_ptr = DATA + offsetof(__typeof__(*data), debug)};
    data->debug.r_version = 1;
    data->debug.r_map = (struct link_map *)(DATA + offsetof(__typeof__(*data), links[0]));
    data->links[0].l_name = (char *)(DATA + offsetof(__typeof__(*data), path));
    data->links[0].l_next = (struct link_map *)(DATA + offsetof(__typeof__(*data), links[1]));
    data->links[1].l_name = (char *)(DATA + offsetof(__typeof__(*data), text));
    data->links[1].l_next = data->links[0].l_next; /* for ever */
    data->links[0].l_addr = 0x1234567;
    strcpy(data->path, "/lib/libx.so");
    strcpy(data->text, "a password");
    uint8_t *copy = scrubbed(core);
    left = (void *)(copy + ((uint8_t *)data - core->bytes));
    ck_assert_mem_eq(left->dynamic, data->dynamic, sizeof data->dynamic);
    ck_assert_mem_eq(&left->debug, &data->debug, sizeof data->debug);
    ck_assert_uint_eq(left->links[0].l_addr, 0x1234567);
    ck_assert_str_eq(left->path, "/lib/libx.so");
    ck_assert_str_eq(left->text, "");
    free(copy);
    free(core);
}
END_TEST

START_TEST(what_is_no_core_or_overlaps_is_refused)
{
    struct made *core = make();
    struct scrub *scrub;
    (void)add_memory(core, STACK, 64);
    for (size_t size = 0; size < sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr) * 2; size += 7)
        ck_assert_int_eq(scrub_open(core->bytes, size, &scrub), -EBADMSG);
    core->programs[1].p_offset -= 16; /* over the notes' end */
    ck_assert_int_eq(scrub_open(core->bytes, core->size, &scrub), -EBADMSG);
    core->programs[1].p_offset = core->size - 8; /* beyond the end */
    ck_assert_int_eq(scrub_open(core->bytes, core->size, &scrub), -EBADMSG);
    core->programs[1].p_offset = UINT64_MAX - 8;
    ck_assert_int_eq(scrub_open(core->bytes, core->size, &scrub), -EBADMSG);
    core->header->e_type = ET_DYN;
    ck_assert_int_eq(scrub_open(core->bytes, core->size, &scrub), -EBADMSG);
    free(core);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, of_memory_that_can_be_written_only_addresses_stay);
    tcase_add_test(tests, code_and_constants_of_files_with_code_stay_and_other_files_do_not);
    tcase_add_test(tests, registers_are_addresses_and_notes_are_those_of_the_list);
    tcase_add_test(tests, link_maps_and_the_paths_of_libraries_stay);
    tcase_add_test(tests, what_is_no_core_or_overlaps_is_refused);
}
