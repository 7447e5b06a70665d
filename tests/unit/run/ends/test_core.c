/* SPDX-License-Identifier: MIT */
/* The notes of an end, read back as crumple-writer reads them; hostile words and output stay in their places. */
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>

#include "crumple_format.h"
#include "ends/core.h"
#include "ends/record.h"
#include "unit.h"

static char words[4][64] = {"server", "--password=x", "with\nnewline", ""};
static char *argv[] = {words[0], words[1], words[2], words[3], NULL};
static char *bytes;
static size_t size;

static struct end_facts facts(void)
{
    return (struct end_facts){.argv = argv,
                              .exe = "/usr/sbin/ser\nver",
                              .self = 1,
                              .pid = 7,
                              .start_ns = UINT64_C(1000000000),
                              .end_ns = UINT64_C(5000000000),
                              .end = {.by_signal = true, .status = SIGKILL}};
}

/* The content of a note, ended by NUL; NULL: there is none. */
static const char *note(uint32_t type, size_t *ret_size)
{
    static char content[CRUMPLE_MAX_OUTPUT + 1];
    Elf64_Phdr program;
    memcpy(&program, bytes + sizeof(Elf64_Ehdr), sizeof program);
    const size_t notes_end = program.p_offset + program.p_filesz;
    ck_assert_uint_le(notes_end, size);
    for (size_t at = program.p_offset; at < notes_end;) {
        Elf64_Nhdr header;
        memcpy(&header, bytes + at, sizeof header);
        at += sizeof header + ((header.n_namesz + 3) & ~3u);
        ck_assert_uint_le(at + header.n_descsz, notes_end);
        if (header.n_type == type) {
            memcpy(content, bytes + at, header.n_descsz);
            content[header.n_descsz] = '\0';
            if (ret_size)
                *ret_size = header.n_descsz;
            return content;
        }
        at += (header.n_descsz + 3) & ~3u;
    }
    return NULL;
}

static const char *make(const struct end_facts *f, enum end_kind kind)
{
    free(bytes);
    FILE *to = tmpfile();
    ck_assert_int_eq(core_write(f, kind, to), 0);
    size = (size_t)ftell(to);
    bytes = malloc(size);
    rewind(to);
    ck_assert_uint_eq(fread(bytes, 1, size, to), size);
    ck_assert_int_eq(fclose(to), 0);
    return note(CRUMPLE_NOTE_INFO, NULL);
}

static void has(const char *info, const char *line)
{
    ck_assert_msg(strstr(info, line) != NULL, "no '%s' in:\n%s", line, info);
}

START_TEST(a_kill)
{
    struct end_facts f = facts();
    f.sent_ns[SIGTERM] = UINT64_C(3500000000);
    f.has_memory = true;
    f.before.oom_kills = 1;
    f.after = (struct cgroup_memory){.oom_kills = 1, .used = 10, .peak = 20, .limit = 30};
    const char *info = make(&f, END_KILLED);
    has(info, "\nevent=died\n");
    has(info, "\nend=killed\nend_signal=9\n");
    has(info, "\nexe=/usr/sbin/ser ver\n");
    has(info, "\npid=7\nppid=1\n");
    has(info, "\nsent_signal=15\nsent_ms=1500\nuptime_ms=4000\n");
    has(info, "\noom_kills=0\nmemory_used=10\nmemory_peak=20\nmemory_limit=30\n");
    size_t n;
    const char *command = note(CRUMPLE_NOTE_CMDLINE, &n);
    ck_assert_uint_eq(n, sizeof "server" + sizeof "--password=x" + sizeof "with\nnewline" + 1);
    ck_assert_mem_eq(command, "server\0--password=x\0with\nnewline\0", n);
    ck_assert_ptr_null(note(CRUMPLE_NOTE_STDERR, NULL));
    ck_assert_ptr_null(note(CRUMPLE_NOTE_ENVIRON, NULL));
}
END_TEST

START_TEST(no_limit_is_no_number)
{
    struct end_facts f = facts();
    f.has_memory = true;
    f.after.limit = CGROUP_UNLIMITED;
    ck_assert_ptr_null(strstr(make(&f, END_KILLED), "memory_limit"));
}
END_TEST

START_TEST(a_start_that_failed)
{
    struct end_facts f = facts();
    f.pid = 0;
    f.exec_error = ENOENT;
    const char *info = make(&f, END_EXEC);
    has(info, "\nend=exec\nend_errno=2\nexe_found=0\n");
    has(info, "\npid=1\n");
    ck_assert_ptr_null(strstr(info, "end_signal"));
}
END_TEST

START_TEST(output_of_any_size_and_bytes)
{
    static char much[CRUMPLE_MAX_OUTPUT + 5];
    struct end_facts f = facts();
    size_t n;
    memset(much, '\n', sizeof much);
    f.output[0] = (struct end_text){"a\0b", 3};
    f.output[1] = (struct end_text){much, sizeof much};
    f.run_id = "web-1-5";
    make(&f, END_STATUS);
    ck_assert_mem_eq(note(CRUMPLE_NOTE_STDOUT, &n), "a\0b", 3);
    ck_assert_uint_eq(n, 3);
    (void)note(CRUMPLE_NOTE_STDERR, &n);
    ck_assert_uint_eq(n, CRUMPLE_MAX_OUTPUT);
    ck_assert_str_eq(note(CRUMPLE_NOTE_ENVIRON, NULL), "CRUMPLE_RUN_ID=web-1-5");
}
END_TEST

START_TEST(what_go_printed)
{
    struct end_facts f = facts();
    size_t n;
    f.end = (struct child_end){.status = 2};
    f.go_dump = (struct end_text){"panic: a\0b\n", 11};
    f.go_dump_lost = 5;
    f.is_dump_cut = true;
    f.go_build = (struct end_text){"go\tgo1.19.8\n", 12};
    f.last_logged = (struct end_text){"{}\n", 3};
    const char *info = make(&f, end_judge(&f));
    has(info, "\nend=go\nend_status=2\n");
    has(info, "\ngo_dump_lost=5\ngo_dump_cut=1\n");
    ck_assert_mem_eq(note(CRUMPLE_NOTE_GO_DUMP, &n), "panic: a\0b\n", 11);
    ck_assert_uint_eq(n, 11);
    ck_assert_str_eq(note(CRUMPLE_NOTE_GO_BUILD, NULL), "go\tgo1.19.8\n");
    ck_assert_str_eq(note(CRUMPLE_NOTE_LAST_LOGGED, NULL), "{}\n");
    f.end.status = 3; /* it has lived on */
    make(&f, end_judge(&f));
    ck_assert_ptr_null(note(CRUMPLE_NOTE_GO_DUMP, NULL));
}
END_TEST

/* The stack of C goes with Go's own end alone. */
START_TEST(a_stack_of_c)
{
    static char maps[] =
        "400000-401000 r-xp 00000000 08:02 1 /server\n401000-402000 rw-p 00001000 08:02 1 /server\n";
    static uint8_t stack[] = "stack", head[] = "\177ELF";
    const struct cgo_memory memory = {.tid = 9,
                                      .registers = {.rip = 0x400123, .rsp = 0x7ff0},
                                      .maps = maps,
                                      .maps_size = sizeof maps - 1,
                                      .parts = {{0x7ff0, sizeof stack, stack}, {0x400000, sizeof head, head}},
                                      .part_count = 2};
    struct end_facts f = facts();
    struct elf_prstatus status;
    Elf64_Phdr headers[3];
    size_t n;
    f.end = (struct child_end){.status = 2};
    f.go_dump = (struct end_text){"panic: x\n", 9};
    f.c_stack = &memory;
    make(&f, END_GO);
    memcpy(headers, bytes + sizeof(Elf64_Ehdr), sizeof headers);
    ck_assert_uint_eq(headers[1].p_vaddr, 0x7ff0);
    ck_assert_mem_eq(bytes + headers[1].p_offset, stack, sizeof stack);
    ck_assert_uint_eq(headers[2].p_vaddr, 0x400000);
    ck_assert_uint_eq(headers[2].p_offset + headers[2].p_filesz, size);
    memcpy(&status, note(NT_PRSTATUS, &n), sizeof status);
    ck_assert_uint_eq(n, sizeof status);
    ck_assert_int_eq(status.pr_pid, 9);
    ck_assert_mem_eq(&status.pr_reg, &memory.registers, sizeof status.pr_reg);
    ck_assert_str_eq(note(CRUMPLE_NOTE_MAPS, NULL), maps);
    const uint64_t *files = (const void *)note(NT_FILE, &n);
    ck_assert_uint_eq(files[0], 2);
    ck_assert_uint_eq(files[7], 1); /* the offset of the second, in pages */
    ck_assert_str_eq((const char *)(files + 8), "/server");
    ck_assert_str_eq(note(CRUMPLE_NOTE_GO_DUMP, NULL), "panic: x\n");
    make(&f, END_STATUS);
    ck_assert_ptr_null(note(NT_PRSTATUS, NULL));
}
END_TEST

START_TEST(what_is_only_logged)
{
    struct end_facts f = facts();
    f.logged = (struct end_text){"panic serving a=1: b\n", 21};
    f.logged_stream = 2;
    f.logged_missed = 3;
    const char *info = make(&f, end_judge(&f));
    has(info, "\nevent=logged\n");
    has(info, "\nlogged_stream=2\nlogged_missed=3\n");
    ck_assert_ptr_null(strstr(info, "end="));
    ck_assert_str_eq(note(CRUMPLE_NOTE_LOGGED, NULL), "panic serving a=1: b\n");
}
END_TEST

START_TEST(a_full_disk)
{
    struct end_facts f = facts();
    FILE *full = fopen("/dev/full", "w");
    ck_assert_int_eq(core_write(&f, END_KILLED, full), -ENOSPC);
    (void)fclose(full);
}
END_TEST

START_TEST(a_command_that_is_too_long_is_cut_between_words)
{
    static char longest[CRUMPLE_MAX_CMDLINE];
    struct end_facts f = facts();
    char *const long_argv[] = {words[0], longest, words[1], NULL};
    size_t n;
    memset(longest, 'x', sizeof longest - 1);
    f.argv = long_argv;
    make(&f, END_KILLED);
    (void)note(CRUMPLE_NOTE_CMDLINE, &n);
    ck_assert_uint_eq(n, sizeof "server");
}
END_TEST

START_TEST(names)
{
    struct end_facts f = facts();
    char name[CORE_NAME_BYTES];
    core_name(&f, 0, name);
    ck_assert_str_eq(name, "19700101T000005.000000Z-ser_ver-7");
    core_name(&f, 3, name);
    ck_assert_str_eq(name, "19700101T000005.000003Z-ser_ver-7");
    f.exe = "/usr/bin/";
    core_name(&f, 0, name);
    ck_assert_str_eq(name, "19700101T000005.000000Z-_usr_bin_-7");
    f.exe = "";
    core_name(&f, 0, name);
    ck_assert_str_eq(name, "19700101T000005.000000Z-unknown-7");
    f.exe = "0123456789012345678901234567890123456789";
    core_name(&f, 0, name);
    ck_assert_str_eq(name, "19700101T000005.000000Z-01234567890123456789012345678901-7");
}
END_TEST

START_TEST(a_life_record)
{
    static struct life_record record = {.pid = 7,
                                        .start_ns = 1000000000,
                                        .renewed_ns = 5000000000,
                                        .has_memory = 1,
                                        .exe = "/usr/sbin/server"};
    char *word_list[RECORD_WORDS_MAX + 1];
    struct end_facts f;
    life_set_argv(&record, argv);
    record.after.used = 77;
    memcpy(record.output[1], "bye\n", 4);
    record.output_bytes[1] = 4;
    record_facts(&record, word_list, &f);
    ck_assert_int_eq(end_judge(&f), END_TOGETHER);
    ck_assert_str_eq(f.argv[1], "--password=x");
    ck_assert_str_eq(f.argv[3], "");
    ck_assert_ptr_null(f.argv[4]);
    const char *info = make(&f, END_TOGETHER);
    has(info, "\nend=together\n");
    has(info, "\ntime_ns=5000000000\n");
    has(info, "\nuptime_ms=4000\n");
    has(info, "\nmemory_used=77\n");
    ck_assert_ptr_null(strstr(info, "mono_ns"));
    ck_assert_ptr_null(strstr(info, "end_status"));
    ck_assert_str_eq(note(CRUMPLE_NOTE_STDERR, NULL), "bye\n");
    ck_assert_ptr_null(note(CRUMPLE_NOTE_CGROUP, NULL));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_kill);
    tcase_add_test(tests, no_limit_is_no_number);
    tcase_add_test(tests, a_start_that_failed);
    tcase_add_test(tests, output_of_any_size_and_bytes);
    tcase_add_test(tests, what_go_printed);
    tcase_add_test(tests, a_stack_of_c);
    tcase_add_test(tests, what_is_only_logged);
    tcase_add_test(tests, a_full_disk);
    tcase_add_test(tests, a_command_that_is_too_long_is_cut_between_words);
    tcase_add_test(tests, names);
    tcase_add_test(tests, a_life_record);
}
