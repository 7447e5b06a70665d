/* SPDX-License-Identifier: MIT */
/* A program's file, its variables, and the rules of CRUMPLE_RECOVER. */
#include <stdlib.h>

#include "doctor/go_rules.h"
#include "doctor/program_rules.h"
#include "doctor/routine_rules.h"
#include "doctor/setting_rules.h"
#include "../facts/verdicts.h"

static struct verdicts verdicts;
static const struct libraries no_libraries;

static const struct {
    struct program program;
    struct program_marks marks;
    bool is_reached;
    const char *words;
} kinds[] = {
    {{.facts = {.kind = PROGRAM_GLIBC}}, {.needs_libraries = true}, true, "the preload reaches it"},
    {{.facts = {.kind = PROGRAM_GLIBC}}, {.privilege = PRIVILEGE_SETUID}, false, "setuid"},
    {{.facts = {.kind = PROGRAM_GLIBC}}, {.privilege = PRIVILEGE_CAPABILITIES}, false, "file capabilities"},
    {{.facts = {.kind = PROGRAM_GLIBC}}, {.privilege = PRIVILEGE_SECURE}, false, "AT_SECURE"},
    {{.facts = {.kind = PROGRAM_MUSL}}, {.needs_libraries = true}, true, "of musl: the preload reaches it"},
    {{.facts = {.kind = PROGRAM_MUSL}}, {.privilege = PRIVILEGE_SETUID}, false, "setuid"},
    {{.facts = {.kind = PROGRAM_STATIC}}, {.needs_libraries = false}, false, "statically linked"},
    {{.facts = {.kind = PROGRAM_STATIC}}, {.needs_libraries = true}, false, "a shared library"},
    {{.facts = {.kind = PROGRAM_STATIC, .is_go = true}}, {.is_binary = true}, false, "static Go"},
    {{.facts = {.kind = PROGRAM_FOREIGN}}, {.is_binary = true}, false, "no other processor"},
    {{.facts = {.kind = PROGRAM_FOREIGN, .interpreter = "/lib/ld-linux.so.2"}},
     {.is_binary = true},
     false,
     "ld-linux.so.2"},
    {{.facts = {.kind = PROGRAM_UNKNOWN}}, {.is_binary = true}, false, "a damaged ELF file"},
    {{.facts = {.kind = PROGRAM_UNKNOWN}, .is_script = true, .loaded = "/bin/none"},
     {.has_line = true},
     false,
     "a script of /bin/none, which is not there"},
    {{.facts = {.kind = PROGRAM_GLIBC}, .is_script = true, .loaded = "/bin/sh"},
     {.is_binary = true},
     false,
     "neither an ELF file nor a script"},
    {{.facts = {.kind = PROGRAM_GLIBC}, .is_script = true, .loaded = "/bin/sh"},
     {.is_binary = false},
     true,
     "the preload reaches it"},
};

START_TEST(only_programs_of_glibc_and_musl_are_reached)
{
    bool is_reached = program_judge_kind(&kinds[_i].program, &kinds[_i].marks, &verdicts);
    ck_assert(is_reached == kinds[_i].is_reached);
    ck_assert_verdict(&verdicts, is_reached ? VERDICT_OK : VERDICT_FAIL, kinds[_i].words);
    verdicts_clear(&verdicts);
}
END_TEST

static const struct {
    unsigned signs;
    const char *library;
    enum verdict_level level;
    const char *words;
} runtimes[] = {
    {ELF_ASAN, NULL, VERDICT_FAIL, "AddressSanitizer"},
    {0, "libasan.so.8", VERDICT_FAIL, "AddressSanitizer"},
    {ELF_TSAN, NULL, VERDICT_FAIL, "crumple stays out"},
    {ELF_MSAN, NULL, VERDICT_FAIL, "crumple stays out"},
    {ELF_UBSAN, NULL, VERDICT_FAIL, "UndefinedBehaviorSanitizer"},
    {0, "libjvm.so", VERDICT_NOTE, "Java"},
    {0, "libpython3.11.so.1.0", VERDICT_NOTE, "Python"},
    {ELF_PYTHON, NULL, VERDICT_NOTE, "Python"},
    {ELF_NODE, NULL, VERDICT_NOTE, "Node.js"},
    {ELF_RUBY, NULL, VERDICT_NOTE, "Ruby"},
    {ELF_BREAKPAD, NULL, VERDICT_NOTE, "breakpad"},
    {0, "libSegFault.so", VERDICT_NOTE, "libSegFault"},
    {ELF_FAILURE_HANDLER, NULL, VERDICT_NOTE, "InstallFailureSignalHandler"},
};

START_TEST(runtimes_are_known_by_symbols_and_libraries)
{
    struct elf_facts elf = {.signs = runtimes[_i].signs};
    struct libraries libraries = {.count = runtimes[_i].library != NULL,
                                  .names = {(char *)runtimes[_i].library}};
    struct crumple_settings settings;
    settings_default(&settings);
    bool takes_part = program_judge_runtime(&elf, &libraries, &settings, &verdicts);
    ck_assert(takes_part == (runtimes[_i].level != VERDICT_FAIL));
    ck_assert_verdict(&verdicts, runtimes[_i].level, runtimes[_i].words);
    ck_assert_uint_eq(verdicts.count, 1);
    verdicts_clear(&verdicts);
}
END_TEST

START_TEST(symbols_and_tables)
{
    struct elf_facts elf = {.functions = 7, .build_id = "abc"};
    program_judge_symbols(&elf, false, NULL, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_NOTE, "only exported functions (7)");
    ck_assert_ptr_nonnull(strstr(verdicts.items[0].advice, "--debug-dir"));
    verdicts_clear(&verdicts);
    program_judge_symbols(&elf, false, "redis-tools 5:7.0", &verdicts);
    ck_assert_str_eq(verdicts.items[0].advice, "install redis-tools-dbgsym, here or where bundles are read");
    program_judge_symbols(&elf, true, NULL, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_OK, "and lines of source (build-id abc)");
    elf.has_symtab = true;
    elf.build_id[0] = '\0';
    program_judge_symbols(&elf, false, NULL, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_OK, "without lines of source (build-id none)");
    ck_assert_verdict(&verdicts, VERDICT_NOTE, "without a build-id");
    verdicts_clear(&verdicts);
    program_judge_unwinding(&elf, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_WARN, "no unwind tables");
    elf.covered_percent = 40;
    program_judge_unwinding(&elf, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_WARN, "cover 40%");
    elf.covered_percent = 99;
    program_judge_unwinding(&elf, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_OK, "it has unwind tables");
    verdicts_clear(&verdicts);
}
END_TEST

START_TEST(variables_are_judged_as_the_shim_reads_them)
{
    struct crumple_settings settings;
    char *wrong[] = {(char *)"CRUMPLE_TIMEOUT=5",   (char *)"CRUMPLE_DIRR=/x",
                     (char *)"CRUMPEL_DIR=/x",      (char *)"CRUMPLE_RECOVER=a=contian",
                     (char *)"CRUMPLE_RUN_GROUP=1", (char *)"CRAN_MIRROR=x",
                     (char *)"CRUMPLE_DIR=/crash",  NULL};
    setting_judge(wrong, "x", &settings, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_WARN, "CRUMPLE_TIMEOUT='5': not a time");
    ck_assert_verdict(&verdicts, VERDICT_WARN, "CRUMPLE_DIRR: no such variable");
    ck_assert_verdict(&verdicts, VERDICT_WARN, "CRUMPEL_DIR is no variable of crumple's");
    ck_assert_verdict(&verdicts, VERDICT_WARN, "'a=contian'");
    ck_assert(has_advice(&verdicts, "did you mean CRUMPLE_DIR?"));
    ck_assert_uint_eq(verdicts.count, 4);
    ck_assert_str_eq(settings.dir, "/crash");
    verdicts_clear(&verdicts);
    char *off[] = {(char *)"CRUMPLE=0", NULL}, *only[] = {(char *)"CRUMPLE_ONLY=ngin?", NULL},
         *none[] = {NULL};
    setting_judge(off, "x", &settings, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_FAIL, "CRUMPLE=0");
    setting_judge(only, "redis", &settings, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_FAIL, "leaves 'redis' alone");
    verdicts_clear(&verdicts);
    setting_judge(only, "nginx", &settings, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_OK, "1 CRUMPLE_ variable is set");
    setting_judge(none, "nginx", &settings, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_OK, "all defaults");
    verdicts_clear(&verdicts);
    setting_judge_preloads("/a/libcrumple.so:/b/libx.so liby.so", "/z/libz.so\n", &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_NOTE, "libx.so, liby.so, libz.so;");
    verdicts_clear(&verdicts);
}
END_TEST

START_TEST(rules_say_what_they_match)
{
    struct crumple_settings settings;
    struct elf_facts elf = {
        .matches = {{2, {"conn_a", "conn_b"}}}, .signs = ELF_MAKES_THREADS, .has_symtab = true};
    char *environ[] = {(char *)"CRUMPLE_RECOVER=conn_*=contain:wide,none=restart:park,x+0x12=contain,*=crash",
                       NULL};
    settings_parse(&settings, environ, NULL, NULL);
    routine_judge_program(&settings, &elf, false, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_OK, "conn_*=contain:wide: 2 functions match: conn_a, conn_b");
    ck_assert_verdict(&verdicts, VERDICT_WARN, "none=restart:park: no function of the program matches");
    ck_assert_verdict(&verdicts, VERDICT_NOTE, "x+0x12=contain: a place in a file");
    ck_assert_verdict(&verdicts, VERDICT_OK, "*=crash: every other thread");
    ck_assert(has_advice(&verdicts, "crumple drill"));
    verdicts_clear(&verdicts);
    elf.has_symtab = false;
    routine_judge_program(&settings, &elf, false, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_NOTE, "the file is stripped");
    verdicts_clear(&verdicts);
    routine_judge_program(&settings, &elf, true, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_WARN, "no thread is contained");
    ck_assert_uint_eq(verdicts.count, 1);
    verdicts_clear(&verdicts);
    const struct program go = {.facts = {.is_go = true}}, c = {.facts = {.is_go = false}};
    ck_assert(program_forbids_containment(&go, &elf, &no_libraries) &&
              !program_forbids_containment(&c, &elf, &no_libraries));
}
END_TEST

static const struct {
    bool is_below_run;
    const char *traceback;
    enum verdict_level level;
    const char *words, *advice;
} go_programs[] = {
    {false, NULL, VERDICT_WARN, "a preload alone sees only faults in threads that C code made",
     "crumple run"},
    {true, NULL, VERDICT_OK, "os.Exit and log.Fatal with the status", NULL},
    {true, NULL, VERDICT_NOTE, "sockets are not held by crumple-run --restart", "socket unit of systemd"},
    {true, "all", VERDICT_OK, "with all goroutines", NULL},
    {true, "none", VERDICT_WARN, "no report has one", "unset GOTRACEBACK"},
    {true, "single", VERDICT_NOTE, "the first goroutine only", "unset GOTRACEBACK"},
    {false, "crash", VERDICT_NOTE, "by SIGABRT, not with status 2", NULL},
};

START_TEST(what_is_seen_of_go)
{
    go_judge(go_programs[_i].is_below_run, go_programs[_i].traceback, &verdicts);
    ck_assert_verdict(&verdicts, go_programs[_i].level, go_programs[_i].words);
    ck_assert(!go_programs[_i].advice || has_advice(&verdicts, go_programs[_i].advice));
    verdicts_clear(&verdicts);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_loop_test(tests, only_programs_of_glibc_and_musl_are_reached, 0, sizeof kinds / sizeof *kinds);
    tcase_add_loop_test(tests, runtimes_are_known_by_symbols_and_libraries, 0,
                        sizeof runtimes / sizeof *runtimes);
    tcase_add_loop_test(tests, what_is_seen_of_go, 0, sizeof go_programs / sizeof *go_programs);
    tcase_add_test(tests, symbols_and_tables);
    tcase_add_test(tests, variables_are_judged_as_the_shim_reads_them);
    tcase_add_test(tests, rules_say_what_they_match);
}
